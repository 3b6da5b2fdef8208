#pragma once
// A server on loopback with a thread of its own, for tests of what talks to it: the script says what it does. No wait
// of it lasts longer than ten seconds.

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace vedette::test {

/// One connection, as the server has it. Closes itself.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  Peer(Peer&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Peer& operator=(Peer&&) = delete;
  ~Peer() { close(); }

  /// What comes until `end` has come, the connection ended or ten seconds have passed.
  std::string read_until(std::string_view end);
  /// What comes until there are so many bytes, likewise.
  std::string read(std::size_t size);
  void write(std::string_view bytes);
  /// Waits without reading; true when the client has closed or reset the connection, or we have.
  bool client_left();
  void close();
  /// The client gets a reset instead of an end.
  void reset();

 private:
  int fd_;
};

class LoopbackServer {
 public:
  using Script = std::function<void(LoopbackServer&)>;

  /// `receive_buffer`: how much the kernel takes of what the script does not read, more or less; 0: as usual.
  explicit LoopbackServer(Script script, bool ip6 = false, int receive_buffer = 0);
  /// Waits for the end of the script.
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;

  /// For the script: the next connection.
  Peer accept();
  /// "127.0.0.1:34567" or "[::1]:34567"
  const std::string& authority() const { return authority_; }

 private:
  int listener_;
  std::string authority_;
  std::thread thread_;
};

/// A port of loopback at which nothing listens, and nobody can while this lives.
class DeafPort {
 public:
  DeafPort();
  ~DeafPort();
  DeafPort(const DeafPort&) = delete;
  const std::string& authority() const { return authority_; }

 private:
  int socket_;
  std::string authority_;
};

}  // namespace vedette::test
