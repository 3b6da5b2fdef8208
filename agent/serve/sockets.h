#pragma once
// Listening sockets of our own: for what civetweb cannot do.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace vedette {

/// An open descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// A socket that listens, and where.
struct Door {
  Descriptor socket;
  std::string address;  // "127.0.0.1:9115", "[::]:9115", "unix:/run/vedette.sock"
};

/// `host` as in Go: an address without brackets, a name, or empty for every address of both families. The error says
/// where and why: "cannot listen on 127.0.0.1:9115: address already in use".
Result<Door> open_door(const std::string& host, std::uint16_t port);
/// Takes over a socket that listens already.
Result<Door> adopt_door(int socket);

/// The sockets that systemd opened for this process (LISTEN_FDS, LISTEN_PID); they are ours from now on, and the
/// environment says nothing of them any more. Call it before any thread starts.
Result<std::vector<int>> take_systemd_sockets();

/// "127.0.0.1:9115", "[::1]:9115", "unix:/run/vedette.sock"
std::string address_text(const sockaddr* address, unsigned size);

}  // namespace vedette
