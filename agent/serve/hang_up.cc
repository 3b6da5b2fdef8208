#include "serve/hang_up.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "base/text.h"

namespace vedette {
namespace {

struct Party {
  std::string address;  // without a zone
  int port = 0;
};

Party party_of(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  if (from.ss_family != AF_INET6) return {};
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return {text, ntohs(v6.sin6_port)};
}

/// The descriptor whose two ends are these. The connection cannot close meanwhile: only its worker, who asks, does
/// that.
int find_socket(const std::string& remote, int remote_port, int own_port) {
  const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir("/proc/self/fd"), ::closedir);
  while (const dirent* entry = all ? ::readdir(all.get()) : nullptr) {
    const auto fd = parse_int<int>(entry->d_name);
    sockaddr_storage there{}, here{};
    socklen_t size = sizeof there;
    if (!fd || ::getpeername(*fd, reinterpret_cast<sockaddr*>(&there), &size) != 0) continue;
    const Party peer = party_of(there);
    if (peer.port != remote_port || peer.address != remote) continue;
    size = sizeof here;
    if (::getsockname(*fd, reinterpret_cast<sockaddr*>(&here), &size) != 0) continue;
    if (party_of(here).port == own_port) return *fd;
  }
  return -1;
}

}  // namespace

int HangUp::socket() {
  if (socket_ == kUnknown) {
    const std::string remote = client_.remote_addr;
    socket_ = find_socket(remote.substr(0, remote.find('%')), client_.remote_port, client_.server_port);
  }
  return socket_;
}

bool HangUp::seen_on(int socket) {
  pollfd one{socket, POLLRDHUP, 0};
  return ::poll(&one, 1, 0) == 1 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool HangUp::seen() { return socket() != kNone && seen_on(socket()); }

std::shared_ptr<Descriptor> HangUp::take_socket() {
  if (socket() == kNone) return nullptr;
  auto taken = std::make_shared<Descriptor>(::fcntl(socket(), F_DUPFD_CLOEXEC, 0));
  std::array<int, 2> ends{};
  if (!*taken || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return nullptr;
  const Descriptor ended(ends[0]), other(ends[1]);
  // In one step, so that nobody else gets the number.
  if (::dup3(ended.get(), socket(), O_CLOEXEC) < 0) return nullptr;
  return taken;
}

}  // namespace vedette
