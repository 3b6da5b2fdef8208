#pragma once
// The way from the front to civetweb, which listens on loopback, where every process of the machine could knock: only
// the front's own connections are let in. Any thread.

#include <cstdint>
#include <string>
#include <unordered_set>

#include "base/guarded.h"
#include "base/result.h"
#include "serve/sockets.h"

namespace vedette {

/// A guest is known by the address it comes from: a random one of 127.0.0.0/8 and its port. A port alone would not do,
/// since who gets hold of one before us could leave a request behind that then seems to be ours.
class InnerDoor {
 public:
  /// Before the first connection.
  void set_port(std::uint16_t port) { port_ = port; }
  bool knows(const std::string& address, int port) const;

  /// A connection to civetweb, not yet awaited; forgotten before it closes.
  class Passage {
   public:
    Passage() = default;
    Passage(InnerDoor& door, Descriptor socket, std::uint64_t guest)
        : door_(&door), socket_(std::move(socket)), guest_(guest) {}
    Passage(Passage&& other) noexcept : Passage() { *this = std::move(other); }
    Passage& operator=(Passage&& other) noexcept;
    ~Passage();
    explicit operator bool() const { return static_cast<bool>(socket_); }
    int get() const { return socket_.get(); }

   private:
    InnerDoor* door_ = nullptr;
    Descriptor socket_;
    std::uint64_t guest_ = 0;
  };
  Result<Passage> enter();

 private:
  Guarded<std::unordered_set<std::uint64_t>> guests_;
  std::uint16_t port_ = 0;
};

}  // namespace vedette
