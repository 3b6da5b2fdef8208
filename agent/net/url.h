#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette {

/// An absolute http or https URL, taken apart.
struct Url {
  std::string scheme;          // "http", "https"
  std::string user, password;  // decoded; not part of text()
  std::string host;            // lower case, without brackets
  int port = 0;                // the scheme's own when none is written
  bool port_written = false;
  std::string path;  // with query, without fragment

  static Result<Url> parse(std::string_view text);
  /// Where a Location header leads from here.
  Result<Url> follow(std::string_view location) const;

  bool https() const { return scheme == "https"; }
  /// "shop.example.org:8080", as it belongs into a Host header: the port as written.
  std::string authority() const;
  std::string text() const { return text_with_host(host); }
  /// The same URL with another host.
  std::string text_with_host(const std::string& other) const;
};

/// An address as it may be shown: what stands before an @ of its authority is gone.
std::string without_credentials(std::string_view address);
/// The same for strangers' addresses: parameters that look like secrets are masked as well.
std::string shown_address(std::string_view address);

}  // namespace vedette
