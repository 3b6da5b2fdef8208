#pragma once
// Through which proxy a request goes, by the rules of Go's clients, which blackbox_exporter has.

#include <optional>
#include <string>

#include "net/address.h"
#include "net/url.h"
#include "probe/http_options.h"

namespace vedette {

/// What the environment says, read once when the configuration loads.
struct ProxyEnvironment {
  std::string http, https, none;
  static ProxyEnvironment read();
};

/// The proxy's URL, or nothing for a direct connection. `address` is the target's, if it is known.
std::optional<Url> choose_proxy(const HttpProxy& proxy, const ProxyEnvironment& environment, const Url& url,
                                const std::optional<IpAddress>& address);

/// Is the host excepted by a no_proxy list? Names match themselves and what ends in them, addresses and networks match
/// addresses.
bool in_no_proxy(const std::string& list, const std::string& host, int port, const std::optional<IpAddress>& address);

}  // namespace vedette
