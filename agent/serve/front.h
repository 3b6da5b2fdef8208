#pragma once
// The front: doors that civetweb cannot open itself (TLS, sockets from systemd, IPv6 on Debian 12), on a thread of its
// own. What comes in there is led on to civetweb on loopback.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "serve/inner_door.h"
#include "serve/relay.h"
#include "serve/sockets.h"
#include "serve/web_rules.h"

namespace vedette {

class Front {
 public:
  /// Begins to let clients in. `rules` may be null; `inner` outlives the front.
  static Result<std::unique_ptr<Front>> open(std::vector<Door> doors, std::shared_ptr<WebRules> rules, InnerDoor& inner,
                                             Log log);
  ~Front();

  /// No more clients; those that are in may stay.
  void close_doors();
  /// Waits until all have what civetweb said to them, but not longer, and ends the thread.
  void finish(Duration most);

 private:
  Front(std::vector<Door> doors, std::shared_ptr<WebRules> rules, InnerDoor& inner, Log log);
  void run();
  void turn();
  void wait_for_any();
  void advance_relays();
  void let_in();
  void let_in(Descriptor client, Time at);
  bool make_room();
  void wake();
  void tell(const std::string& complaint) const;

  // Those of the thread itself.
  std::vector<Door> doors_;
  std::vector<std::unique_ptr<Relay>> relays_;
  std::vector<pollfd> polls_;
  Time pause_until_{};  // no descriptors left: no use in trying before
  Time look_again_{};   // at the files of the web configuration

  const std::size_t most_relays_;
  const std::shared_ptr<WebRules> rules_;
  InnerDoor& inner_;
  const Log log_;
  Descriptor bell_;
  std::atomic<bool> closing_{false};
  std::atomic<Time> end_{Time::max()};
  std::thread thread_;
};

}  // namespace vedette
