#pragma once
// Runs that somebody waits for: they fly on the loop's thread while the caller's waits. Bounded in number and in time,
// cut short when nobody waits any more.

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "base/awaited.h"
#include "model/probe_result.h"
#include "net/loop.h"
#include "probe/prober.h"

namespace vedette {

struct AskedRun {
  std::shared_ptr<Prober> prober;
  Readings blank;
  Duration timeout{};
  std::shared_ptr<Trace> trace;  // may be null
};

/// Any thread. finish() comes before the loop's end.
class AskedRuns {
 public:
  /// At most `most` at one time.
  AskedRuns(Loop& loop, Net& net, int most) : loop_(loop), net_(net), most_(most) {}

  enum class Ended { landed, crowded, gone, stopping };
  struct Outcome {
    Ended how = Ended::landed;
    ProbeResult result;  // when it landed
  };

  /// One run. Who lets go of it cuts it.
  class Ticket;
  /// Null and why not.
  std::shared_ptr<Ticket> begin(const AskedRun& order, Ended& refused);

  /// Nobody new from now on.
  void close();
  /// Lets those under way land until then, and cuts the rest.
  void finish(Time until);

 private:
  struct Flight;
  struct State {
    bool closed = false;
    std::set<std::shared_ptr<Flight>> flights;
  };
  static void cut(Loop& loop, const std::shared_ptr<Flight>& flight);
  static Task<void> fly(AskedRun order, Net& net, std::shared_ptr<Flight> flight);

  Loop& loop_;
  Net& net_;
  const int most_;
  Awaited<State> state_;
};

/// Must not outlive its AskedRuns.
class AskedRuns::Ticket {
 public:
  Ticket(AskedRuns& runs, std::shared_ptr<Flight> flight, Time until)
      : runs_(runs), flight_(std::move(flight)), until_(until) {}
  Ticket(const Ticket&) = delete;
  ~Ticket();

  /// Once, and nothing when it still flies at that moment: then again. Never waits much beyond the run's timeout.
  /// `gone` (may be null) says whether the one who asked has left.
  std::optional<Outcome> wait(Time most, const std::function<bool()>& gone);

 private:
  AskedRuns& runs_;
  const std::shared_ptr<Flight> flight_;
  const Time until_;
};

/// A single one, waited for.
ProbeResult run_once(Loop& loop, Net& net, std::shared_ptr<Prober> prober, Readings blank, Duration timeout,
                     std::shared_ptr<Trace> trace);

}  // namespace vedette
