#pragma once
// Which authorities a probe trusts. Parsing the system's 144 roots costs 22 ms, so it happens once, not at every
// handshake.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "net/hosts_file.h"

struct x509_store_st;

namespace vedette {

/// A parsed set of authorities, shared by all handshakes that use it.
using TrustStore = std::shared_ptr<x509_store_st>;

/// A set of authorities in a file that is parsed again when the file changes. Loop thread only.
class Trust {
 public:
  /// The system's: SSL_CERT_FILE, else the usual places of distributions.
  static std::shared_ptr<Trust> of_system();
  static std::shared_ptr<Trust> of_file(std::string path);
  /// Fails on text that holds no certificate.
  static Result<std::shared_ptr<Trust>> of_text(const std::string& pem);

  /// The store as of now. A file that has become unreadable or empty is an error.
  Result<TrustStore> store();

 private:
  explicit Trust(std::string path) : watch_(std::move(path)) {}
  FileWatch watch_;
  TrustStore store_;
  std::optional<Error> error_;  // why there is none
  bool fixed_ = false;          // from text: nothing to watch
  Time looked_{};
};

}  // namespace vedette
