#include "serve/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "net/address.h"

namespace vedette {
namespace {

bool is_ipv4(const std::string& host) {
  in_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

/// Letters, digits, dots and hyphens with a letter somewhere: nothing that means something to civetweb's list of ports.
bool is_host_name(std::string_view host) {
  bool has_letter = false;
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '-') return false;
    has_letter = has_letter || letter;
  }
  return has_letter && host.size() < 250;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text, bool ipv6) {
  const auto wrong = [&](std::string_view why) {
    return Error{fmt::format("listen address {}: {}", in_quotes(text), why)};
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("no port, write host:port or :port");
  const auto port = parse_int<std::uint16_t>(text.substr(colon + 1));
  if (!port) return wrong("the port is no number from 0 to 65535");
  const std::string host(text.substr(0, colon));
  if (host.empty()) {
    // As in Go, no host means every address of both families.
    if (ipv6) return ListenAddress{"[::]", fmt::format("+{}", *port), "", *port};
    return ListenAddress{"0.0.0.0", fmt::format("{}", *port), "", *port};
  }
  if (host.front() == '[') {
    const std::string inner = host.size() > 2 && host.back() == ']' ? host.substr(1, host.size() - 2) : "";
    const auto address = IpAddress::parse(inner);
    if (!address || address->family != Family::ip6) return wrong("what stands in brackets is no IPv6 address");
    std::string spec;
    if (ipv6 && address->scope_id == 0) {
      spec = inner == "::" ? fmt::format("+{}", *port) : fmt::format("{}:{}", host, *port);
    }
    return ListenAddress{host, spec, inner, *port};
  }
  if (!is_ipv4(host) && !is_host_name(host)) return wrong("the host is neither an address nor a name");
  return ListenAddress{host, fmt::format("{}:{}", host, *port), host, *port};
}

Result<std::vector<Door>> open_doors(const std::vector<int>& inherited, const std::vector<ListenAddress>& wanted) {
  std::vector<Door> doors;
  for (const int socket : inherited) {
    auto door = adopt_door(socket);
    if (!door) return door.error();
    doors.push_back(*std::move(door));
  }
  if (!inherited.empty()) return doors;
  for (const ListenAddress& address : wanted) {
    auto door = open_door(address.bare, address.port);
    if (!door) return door.error();
    doors.push_back(*std::move(door));
  }
  return doors;
}

void knock(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  const auto port = parse_int<std::uint16_t>(std::string_view(address).substr(colon + 1));
  if (!port) return;
  if (host == "0.0.0.0" || host == "[::]") host = "127.0.0.1";
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(*port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(*port);
  const sockaddr* to = reinterpret_cast<const sockaddr*>(&v4);
  socklen_t size = sizeof v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) {
    if (host.size() < 2 || ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6.sin6_addr) != 1) return;
    to = reinterpret_cast<const sockaddr*>(&v6);
    size = sizeof v6;
  }
  const int fd = ::socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  static_cast<void>(::connect(fd, to, size));  // answered or not, the listener has been told
  ::close(fd);
}

}  // namespace vedette
