#pragma once

#include <memory>
#include <string>

#include "net/trust.h"

namespace vedette {

enum class TlsVersion { unset, v10, v11, v12, v13 };

/// How a client speaks TLS.
struct TlsOptions {
  std::shared_ptr<Trust> trust;  // null: the client's system trust
  bool verify = true;
  std::string certificate, key;  // of the client: paths, or PEM text when inline_pem
  bool inline_pem = false;
  TlsVersion least = TlsVersion::unset, most = TlsVersion::unset;

  /// Versions from before 2008 are asked for.
  bool old() const {
    return (least != TlsVersion::unset && least < TlsVersion::v12) ||
           (most != TlsVersion::unset && most < TlsVersion::v12);
  }
};

}  // namespace vedette
