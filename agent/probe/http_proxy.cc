#include "probe/http_proxy.h"

#include <cstdlib>

#include "base/text.h"

namespace vedette {
namespace {

std::string variable(const char* upper, const char* lower) {
  const char* value = std::getenv(upper);
  if (!value || !*value) value = std::getenv(lower);
  return value ? value : "";
}

bool is_loopback(const IpAddress& address) {
  if (address.family == Family::ip4) return address.bytes[0] == 127;
  return address == IpAddress::parse("::1");
}

bool in_network(const IpAddress& address, std::string_view network) {
  auto slash = network.find('/');
  auto base = IpAddress::parse(network.substr(0, slash));
  auto bits = parse_int<int>(slash == network.npos ? "" : network.substr(slash + 1));
  if (!base || base->family != address.family) return false;
  if (slash == network.npos) return base->bytes == address.bytes;
  if (!bits || *bits < 0 || *bits > (address.family == Family::ip4 ? 32 : 128)) return false;
  for (int i = 0; i < *bits; ++i) {
    if (((address.bytes[i / 8] ^ base->bytes[i / 8]) >> (7 - i % 8)) & 1) return false;
  }
  return true;
}

// One entry of the list: "*", a name, ".name", "*.name", an address or a network, each perhaps with a port.
bool entry_matches(std::string_view entry, const std::string& host, int port, const std::optional<IpAddress>& address) {
  if (entry == "*") return true;
  if (address && in_network(*address, entry)) return true;
  if (auto colon = entry.rfind(':'); colon != entry.npos && entry.find(':') == colon) {
    if (parse_int<int>(entry.substr(colon + 1)) != port) return false;
    entry = entry.substr(0, colon);
    if (address && in_network(*address, entry)) return true;
  }
  bool below_only = entry.starts_with('.') || entry.starts_with("*.");
  if (entry.starts_with('*')) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  std::string name = to_lower(entry);
  if (host == name) return !below_only;
  return host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.';
}

}  // namespace

ProxyEnvironment ProxyEnvironment::read() {
  return {variable("HTTP_PROXY", "http_proxy"), variable("HTTPS_PROXY", "https_proxy"),
          variable("NO_PROXY", "no_proxy")};
}

bool in_no_proxy(const std::string& list, const std::string& host, int port, const std::optional<IpAddress>& address) {
  std::optional<IpAddress> known = address ? address : IpAddress::parse(host);
  if (host == "localhost" || (known && is_loopback(*known))) return true;
  for (std::string_view entry : split(list, ',')) {
    entry = trim(entry);
    if (!entry.empty() && entry_matches(entry, host, port, known)) return true;
  }
  return false;
}

std::optional<Url> choose_proxy(const HttpProxy& proxy, const ProxyEnvironment& environment, const Url& url,
                                const std::optional<IpAddress>& address) {
  std::string chosen = proxy.url;
  if (proxy.from_environment) chosen = url.https() ? environment.https : environment.http;
  if (chosen.empty()) return std::nullopt;
  const std::string& list = proxy.from_environment ? environment.none : proxy.no_proxy;
  // A proxy that is written down without exceptions is used for loopback too.
  if ((proxy.from_environment || !list.empty()) && in_no_proxy(list, url.host, url.port, address)) return std::nullopt;
  if (chosen.find("://") == std::string::npos) chosen = "http://" + chosen;
  auto parsed = Url::parse(chosen);
  if (!parsed) return std::nullopt;
  if (!proxy.from_environment) {
    parsed->user = proxy.user;
    parsed->password = proxy.password.reveal() ? *proxy.password.reveal() : "";
  }
  return *parsed;
}

}  // namespace vedette
