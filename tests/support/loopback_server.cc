#include "support/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace vedette::test {

namespace {

constexpr int kPatienceMs = 10'000;

void must(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::abort();
}

/// A socket bound to a free port of loopback, and what a URL calls it.
std::pair<int, std::string> bound_socket(bool ip6) {
  int fd = ::socket(ip6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(fd >= 0, "socket");
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  auto* address = ip6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  socklen_t size = ip6 ? sizeof v6 : sizeof v4;
  must(::bind(fd, address, size) == 0, "bind to loopback");
  must(::getsockname(fd, address, &size) == 0, "getsockname");
  int port = ntohs(ip6 ? v6.sin6_port : v4.sin_port);
  return {fd, (ip6 ? "[::1]:" : "127.0.0.1:") + std::to_string(port)};
}

bool comes(int fd, short events) {
  pollfd wait{fd, events, 0};
  return ::poll(&wait, 1, kPatienceMs) == 1;
}

}  // namespace

std::string Peer::read_until(std::string_view end) {
  std::string text;
  while (!text.ends_with(end)) {
    std::string one = read(1);
    if (one.empty()) break;
    text += one;
  }
  return text;
}

std::string Peer::read(std::size_t size) {
  std::string text;
  std::array<char, 64 * 1024> buffer;
  while (text.size() < size && comes(fd_, POLLIN)) {
    ssize_t got = ::recv(fd_, buffer.data(), std::min(buffer.size(), size - text.size()), 0);
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void Peer::write(std::string_view bytes) {
  while (!bytes.empty() && comes(fd_, POLLOUT)) {
    ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

bool Peer::client_left() { return fd_ < 0 || comes(fd_, POLLRDHUP); }

void Peer::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Peer::reset() {
  linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

LoopbackServer::LoopbackServer(Script script, bool ip6, int receive_buffer) {
  std::tie(listener_, authority_) = bound_socket(ip6);
  // Connections inherit it.
  if (receive_buffer > 0) ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  must(::listen(listener_, 1024) == 0, "listen");
  thread_ = std::thread([this, run = std::move(script)] { run(*this); });
}

LoopbackServer::~LoopbackServer() {
  thread_.join();
  ::close(listener_);
}

Peer LoopbackServer::accept() {
  int fd = comes(listener_, POLLIN) ? ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
  return Peer(fd);
}

DeafPort::DeafPort() { std::tie(socket_, authority_) = bound_socket(false); }

DeafPort::~DeafPort() { ::close(socket_); }

}  // namespace vedette::test
