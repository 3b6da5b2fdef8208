#pragma once
// A client that sends exactly the bytes it is told: what a decent HTTP library would never send.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// One TCP connection to "127.0.0.1:port". Every wait ends after ten seconds.
class Client {
 public:
  /// `room`: the size of the receive buffer, 0 for the system's own.
  explicit Client(const std::string& address, int room = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (room > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("no connection");
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// False when the server would not take it all.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }
  void no_more() { ::shutdown(fd_, SHUT_WR); }

  /// Until the server closes. `was_reset` tells a reset from a proper end.
  std::string read_all() {
    while (read_some()) {}
    return std::exchange(received_, {});
  }
  /// Until the text holds `end`, which is included; what follows is left for the next call.
  std::string read_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = received_.find(end)) == std::string::npos) {
      if (!read_some()) return std::exchange(received_, {});
    }
    std::string text = received_.substr(0, at + end.size());
    received_.erase(0, text.size());
    return text;
  }
  bool was_reset() const { return was_reset_; }

 private:
  bool read_some() {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 10'000) <= 0) throw std::runtime_error("no answer for ten seconds; so far: " + received_);
    char buffer[65536];
    const auto size = ::recv(fd_, buffer, sizeof buffer, 0);
    was_reset_ = was_reset_ || size < 0;
    if (size > 0) received_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  int fd_ = -1;
  bool was_reset_ = false;
  std::string received_;
};

/// Sends and reads until the server closes.
inline std::string ask(const std::string& address, std::string_view request) {
  Client client(address);
  client.send(request);
  return client.read_all();
}

inline std::string get(const std::string& address, const std::string& path) {
  return ask(address, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

/// The code of an answer; 0 when there is none.
inline int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

inline std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

inline std::string head_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n\r\n") + 4); }
