#pragma once
// The `http:` block of a module, in blackbox_exporter's grammar.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/pattern.h"
#include "base/secret.h"
#include "config/node.h"
#include "net/decoder.h"
#include "net/http.h"
#include "net/resolver.h"

namespace vedette {

struct HeaderRule {
  std::string header;
  Pattern pattern;
  bool allow_missing = false;
};

/// Who we say we are: at most one of the kinds is set.
struct HttpAuth {
  std::string type;  // "Basic", "Bearer", …; empty: none
  std::string user;
  Secret user_file;
  Secret secret;
};

struct HttpProxy {
  std::string url;  // without its password
  Secret password;
  std::string user;
  std::string no_proxy;
  bool from_environment = false;
  std::vector<std::pair<std::string, Secret>> connect_headers;
  bool wanted() const { return from_environment || !url.empty(); }
};

struct HttpTlsOptions {
  std::shared_ptr<Trust> trust;
  std::string server_name;
  bool skip_verify = false;
  std::string certificate, key;  // paths, or PEM text
  Secret inline_key;
  bool inline_pem = false;
  TlsVersion least = TlsVersion::unset, most = TlsVersion::unset;
};

struct HttpOptions {
  std::vector<int> status_codes;  // empty: 2xx
  std::vector<std::string> versions;
  FamilyChoice family;
  bool skip_resolve_with_proxy = false;
  bool follow_redirects = true;
  bool fail_if_ssl = false, fail_if_not_ssl = false;
  std::string method = "GET";
  std::vector<std::pair<std::string, Secret>> headers;  // canonical names, sorted; Host is apart
  std::string host;                                     // of a Host header
  std::optional<std::string> body;
  std::string body_file;
  Compression compression = Compression::none;
  std::uint64_t body_size_limit = 0;  // 0: none
  std::vector<Pattern> body_forbidden, body_wanted;
  std::vector<HeaderRule> header_forbidden, header_wanted;
  bool http2 = true;
  HttpAuth auth;
  HttpProxy proxy;
  HttpTlsOptions tls;
};

HttpOptions read_http_options(const Node& node);

}  // namespace vedette
