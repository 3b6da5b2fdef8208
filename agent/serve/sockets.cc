#include "serve/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"
#include "net/address.h"

namespace vedette {
namespace {

constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START
constexpr int kMostSockets = 1000;

/// "address already in use": the system's words, as the end of a sentence.
std::string within_sentence(const std::string& text) {
  if (text.size() < 2 || text[0] < 'A' || text[0] > 'Z' || text[1] < 'a' || text[1] > 'z') return text;
  return static_cast<char>(text[0] - 'A' + 'a') + text.substr(1);
}

Error cannot_listen(const std::string& host, std::uint16_t port, const std::string& why) {
  const bool ip6 = host.find(':') != std::string::npos;
  const std::string shown = ip6 ? "[" + host + "]" : host;
  return Error{fmt::format("cannot listen on {}:{}: {}", shown, port, within_sentence(why))};
}

struct Place {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Place place_of(const IpAddress& ip, std::uint16_t port) {
  Place place;
  if (ip.family == Family::ip4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(place.address);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, ip.bytes.data(), sizeof v4.sin_addr);
    place.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(place.address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = ip.scope_id;
    std::memcpy(&v6.sin6_addr, ip.bytes.data(), sizeof v6.sin6_addr);
    place.size = sizeof v6;
  }
  return place;
}

/// A name means one address, IPv4 if it has one, as in Go.
Result<Place> look_up(const std::string& host, std::uint16_t port) {
  if (const auto ip = IpAddress::parse(host)) return place_of(*ip, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0) {
    return cannot_listen(host, port, code == EAI_NONAME ? "no such name" : ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, ::freeaddrinfo);
  const addrinfo* best = found;
  for (const addrinfo* one = found; one != nullptr && best->ai_family != AF_INET; one = one->ai_next) {
    if (one->ai_family == AF_INET) best = one;
  }
  Place place;
  place.size = best->ai_addrlen;
  std::memcpy(&place.address, best->ai_addr, best->ai_addrlen);
  return place;
}

/// 0 and a socket that listens, or the reason why there is none.
int listen_at(const Place& place, Descriptor& made) {
  Descriptor socket(::socket(place.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  const int on = 1, off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (place.address.ss_family == AF_INET6) {  // [::] is both families, as in Go, whatever the system's default
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&place.address), place.size) != 0) return errno;
  if (::listen(socket.get(), SOMAXCONN) != 0) return errno;
  made = std::move(socket);
  return 0;
}

std::string own_address(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address_text(reinterpret_cast<const sockaddr*>(&address), size);
}

std::optional<int> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::nullopt : parse_int<int>(text);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string address_text(const sockaddr* address, unsigned size) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(v4.sin_port));
  }
  if (address->sa_family == AF_INET6) {
    const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(v6.sin6_port));
  }
  if (address->sa_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path)) return "unix:";
  const auto& local = *reinterpret_cast<const sockaddr_un*>(address);
  std::string path(local.sun_path, size - offsetof(sockaddr_un, sun_path));
  if (path.front() == '\0') return "unix:@" + path.substr(1);
  return "unix:" + path.substr(0, path.find('\0'));
}

Result<Door> open_door(const std::string& host, std::uint16_t port) {
  const auto place = look_up(host.empty() ? "::" : host, port);
  if (!place) return place.error();
  Door door;
  int code = listen_at(*place, door.socket);
  // A kernel without IPv6: every address is every IPv4 address there.
  if (host.empty() && (code == EAFNOSUPPORT || code == EADDRNOTAVAIL)) {
    code = listen_at(*look_up("0.0.0.0", port), door.socket);
  }
  if (code != 0) return cannot_listen(host, port, std::generic_category().message(code));
  door.address = own_address(door.socket.get());
  return door;
}

Result<Door> adopt_door(int socket) {
  Door door{Descriptor(socket), ""};
  int listens = 0, type = 0;
  socklen_t size = sizeof listens;
  const bool is_socket = ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0;
  size = sizeof type;
  if (!is_socket || ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM || !listens) {
    return Error{fmt::format("the inherited descriptor {} is no stream socket that listens", socket)};
  }
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  door.address = own_address(socket);
  return door;
}

Result<std::vector<int>> take_systemd_sockets() {
  const auto count = number_in("LISTEN_FDS"), pid = number_in("LISTEN_PID");
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"}) ::unsetenv(name);
  if (!count || !pid || *count <= 0) return Error{"no sockets from systemd: LISTEN_FDS and LISTEN_PID are not set"};
  if (*pid != ::getpid()) return Error{"no sockets from systemd: LISTEN_PID names another process"};
  if (*count > kMostSockets) return Error{"no sockets from systemd: LISTEN_FDS is out of range"};
  std::vector<int> sockets;
  for (int fd = kFirstSocket; fd < kFirstSocket + *count; ++fd) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
      return Error{fmt::format("systemd promised {} sockets, but descriptor {} is not open", *count, fd)};
    }
    sockets.push_back(fd);
  }
  return sockets;
}

}  // namespace vedette
