#pragma once
// One connection of a client's, led on to civetweb: TLS taken off on the way in and put on on the way out. It moves
// what can be moved and never waits; the front waits for all of them at once.

#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/tls_server.h"
#include "serve/inner_door.h"

namespace vedette {

/// The front's thread only.
class Relay {
 public:
  /// `tls`: null for a client that speaks plain HTTP.
  Relay(Descriptor outer, std::shared_ptr<const TlsServer> tls, InnerDoor& door, Time at);

  /// What to wait for: the client's socket, then the way in (fd -1: nothing).
  void append_polls(std::vector<pollfd>& polls) const;
  /// Call it with what poll said of the client's socket, when anything happened to either or the deadline has come.
  /// False: it is over.
  bool advance(short outer_events, Time at);

  /// When to call advance though nothing happened.
  Time deadline() const { return deadline_; }
  /// There is more to move, but others should have their turn first.
  bool hungry() const { return hungry_; }
  /// It has asked for nothing yet: the first to go when there are too many.
  bool is_silent() const { return phase_ == Phase::greeting || (phase_ == Phase::open && !passage_); }
  /// Why the handshake failed, once; empty otherwise.
  std::string take_complaint() { return std::exchange(complaint_, {}); }

 private:
  enum class Phase {
    greeting,  // TLS begins
    open,      // bytes go both ways
    farewell,  // all is sent; the end of the stream is not
    leaving,   // swallowing what the client still sends, so that closing does not take the answer away from it
    over
  };
  using Step = TlsSession::Step;

  void greet(Time at);
  bool move(Time at);
  bool take_from_client(Time at);
  bool give_to_server(Time at);
  bool take_from_server(Time at);
  bool give_to_client(Time at);
  void say_farewell(Time at);
  void leave(Time at);
  void swallow();
  Step read_outer(char* bytes, std::size_t& size);
  Step write_outer(const char* bytes, std::size_t& size);
  void set_deadline(Time at);

  /// Bytes on their way: those from `begin` to `end` are still to be sent.
  struct Parcel {
    std::vector<char> room;
    std::size_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
    const char* bytes() const { return room.data() + begin; }
    std::size_t size() const { return end - begin; }
  };

  Descriptor outer_;
  std::unique_ptr<TlsSession> tls_;
  InnerDoor& door_;
  InnerDoor::Passage passage_;
  Phase phase_;
  Parcel up_, down_;
  bool wants_write_ = false;   // of the handshake or the farewell
  bool client_ended_ = false;  // it sends no more
  bool server_deaf_ = false;   // civetweb takes no more
  bool told_server_ = false;   // that the client sends no more
  bool server_ended_ = false;  // civetweb has said everything
  bool server_broke_ = false;  // or was cut off
  bool outer_silent_ = false;  // poll has nothing more to say of the client
  bool hungry_ = false;
  std::size_t swallowed_ = 0;
  Time moved_, hard_limit_ = Time::max(), deadline_;
  std::string complaint_;
};

}  // namespace vedette
