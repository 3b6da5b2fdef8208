#include "config/address_rule.h"

#include <algorithm>

#include "base/text.h"

namespace vedette {
namespace {

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

/// Of "[::1]:80" or "host:80".
std::string broken_host_and_port(std::string_view text) {
  std::string_view host = text, port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return "the [ of its IPv6 address is not closed";
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return "has something other than a port behind its IPv6 address";
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    if (text.find(':', colon + 1) != std::string_view::npos)
      return "an IPv6 address in a URL must be in brackets: http://[::1]/";
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (host.empty()) return "has no host";
  const auto number = parse_int<int>(port);
  if (has_port && !port.empty() && (!number || *number < 1 || *number > 65535))
    return "the port must be between 1 and 65535";
  return "";
}

std::string broken_url(bool websocket, std::string_view text) {
  std::string_view rest = text;
  if (const auto scheme_end = text.find("://"); scheme_end < text.find_first_of("/?#")) {
    const std::string scheme = to_lower(text.substr(0, scheme_end));
    const bool http = scheme == "http" || scheme == "https", ws = scheme == "ws" || scheme == "wss";
    if (!http && !(websocket && ws))
      return websocket ? "the scheme must be ws, wss, http or https" : "the scheme must be http or https";
    rest = text.substr(scheme_end + 3);
  }
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  return broken_host_and_port(authority);
}

}  // namespace

std::string broken_address(std::string_view prober, bool is_url, std::string_view text) {
  if (text.empty()) return "must not be empty";
  if (find_invalid_utf8(text)) return "must be UTF-8";
  if (std::any_of(text.begin(), text.end(), is_control)) return "must not have control characters";
  const bool takes_url = prober == "http" || prober == "websocket";
  if (!takes_url && !prober.empty()) {
    if (is_url)
      return "the " + std::string(prober) + " prober takes no URL; write `address:` with a host, host:port or path";
    return "";
  }
  if (text.find(' ') != std::string_view::npos) return "must not have spaces; write %20";
  return prober.empty() && !is_url ? "" : broken_url(prober == "websocket", text);
}

}  // namespace vedette
