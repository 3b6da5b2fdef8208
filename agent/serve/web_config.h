#pragma once
// The file of --web.config.file, in the grammar of Prometheus' exporter-toolkit: TLS, users, headers, a limit.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "config/node.h"
#include "net/hosts_file.h"
#include "net/tls_server.h"
#include "serve/users.h"

namespace vedette {

/// Immutable once read; any thread.
struct WebConfig {
  std::shared_ptr<const TlsServer> tls;                      // null: plain HTTP
  std::shared_ptr<const Users> users;                        // never null; empty: anybody may ask
  std::vector<std::pair<std::string, std::string>> headers;  // for every answer
  Duration interval{};                                       // between two requests; zero: no limit
  int burst = 0;
};

/// What was read, everything that is wrong with it, and the files that it came from. Usable only without problems.
struct LoadedWebConfig {
  WebConfig config;
  std::vector<Problem> problems;
  std::vector<FileWatch> files;  // as they were before they were read
};

/// Needs the stack of an ordinary thread. Paths in the file are relative to it. No problem holds a secret.
LoadedWebConfig load_web_config(const std::string& file);

}  // namespace vedette
