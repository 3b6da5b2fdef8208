#pragma once
// Tells Alertmanagers which alarms are on, as Prometheus does: every peer, again and again while an alarm is on, and
// for a while after it has ended. A peer that does not answer delays nobody else. Loop thread only, but for
// own_metrics().

#include <memory>
#include <string>
#include <vector>

#include "alarm/alertmanager.h"
#include "base/log.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/own.h"
#include "net/net.h"

namespace vedette {

class Notifier {
 public:
  struct Options {
    Duration resend = seconds(60);     // while an alarm is on
    Duration remember = seconds(900);  // how long its end is told again
    Duration keep = seconds(86'400);   // how long its end is kept for a peer that has not heard it
    Duration first_retry = seconds(1), longest_retry = seconds(30);
  };

  Notifier(Net& net, Log log);
  Notifier(Net& net, Log log, Options options);
  ~Notifier();
  Notifier(const Notifier&) = delete;

  /// From now on to these; those whose url stays keep what they were told.
  void replace(std::vector<Alertmanager> peers);
  /// On. At once, together with others of the same turn of the loop. If it is on already and only its text is another,
  /// that goes with what is told again anyhow; if its labels are, it is another alert there, and the first one ends.
  void raise(const std::string& key, Alert alert);
  /// What was on is over; `alert.ends` says since when. Its `starts` may be zero: then it is the one that was raised.
  void resolve(const std::string& key, Alert alert);
  /// Is no more, or is not to be told any longer: ends now if it was on.
  void forget(const std::string& key, WallTime now);
  /// Spawns its work on the loop; it ends when the loop does.
  void start();
  /// Tries until then to tell what is untold.
  Task<void> flush(Time until);

  /// Any thread.
  OwnSource own_metrics() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace vedette
