#pragma once
// Where to listen, in Go's words ("host:port", ":port") and in civetweb's.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serve/sockets.h"

namespace vedette {

struct ListenAddress {
  std::string host;  // as shown to people: "127.0.0.1", "[::1]", "0.0.0.0"
  std::string spec;  // for civetweb; empty: it cannot listen there
  std::string bare;  // for a socket of our own: "127.0.0.1", "::1"; empty: every address of both families
  std::uint16_t port = 0;
};

/// `ipv6`: whether civetweb can do it.
Result<ListenAddress> parse_listen_address(std::string_view text, bool ipv6);

/// Sockets of our own: those that were given, or else one for each address.
Result<std::vector<Door>> open_doors(const std::vector<int>& inherited, const std::vector<ListenAddress>& wanted);

/// Connects to where a server listens ("127.0.0.1:9115") and hangs up: wakes its listening thread. Does nothing for a
/// name.
void knock(const std::string& address);

}  // namespace vedette
