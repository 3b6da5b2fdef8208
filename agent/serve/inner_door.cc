#include "serve/inner_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "net/digest.h"

namespace vedette {
namespace {

std::uint64_t guest_of(const sockaddr_in& from) {
  return std::uint64_t{ntohl(from.sin_addr.s_addr)} << 16 | ntohs(from.sin_port);
}

Error failed(const char* what) {
  return Error{std::string("no way to the web server: ") + what + ": " + std::generic_category().message(errno)};
}

}  // namespace

InnerDoor::Passage& InnerDoor::Passage::operator=(Passage&& other) noexcept {
  std::swap(door_, other.door_);
  std::swap(socket_, other.socket_);
  std::swap(guest_, other.guest_);
  return *this;
}

InnerDoor::Passage::~Passage() {
  if (socket_) door_->guests_.with([&](auto& guests) { guests.erase(guest_); });
}

bool InnerDoor::knows(const std::string& address, int port) const {
  sockaddr_in from{};
  from.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET, address.c_str(), &from.sin_addr) != 1) return false;
  return guests_.with([&](const auto& guests) { return guests.contains(guest_of(from)); });
}

Result<InnerDoor::Passage> InnerDoor::enter() {
  const std::string random = random_bytes(3);
  if (random.size() != 3) return Error{"no way to the web server: the system has no random numbers"};
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed("socket");
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(random[i])}; };
  sockaddr_in from{}, to{};
  from.sin_family = to.sin_family = AF_INET;
  // 127.1.0.1 to 127.254.255.254: the ends have meanings of their own.
  from.sin_addr.s_addr = htonl(127u << 24 | (1 + byte(0) % 254) << 16 | byte(1) << 8 | (1 + byte(2) % 254));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port_);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return failed("bind");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    return failed("connect");
  }
  socklen_t size = sizeof from;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&from), &size) != 0) return failed("getsockname");
  // Nothing has been sent yet, so civetweb cannot ask before we know.
  const std::uint64_t guest = guest_of(from);
  guests_.with([&](auto& guests) { guests.insert(guest); });
  return Passage(*this, std::move(socket), guest);
}

}  // namespace vedette
