#pragma once
// Starts every target's run in its slot, under its deadline, and hands on what came out. Loop thread only.

#include <functional>
#include <memory>

#include "model/own.h"
#include "net/loop.h"
#include "watch/timetable.h"

namespace vedette {

class Scheduler {
 public:
  using Sink = std::function<void(const Job&, const ProbeResult&)>;
  using Skip = std::function<void(const Job&)>;

  /// Both are called on the loop's thread.
  Scheduler(Net& net, Sink sink, Skip skip);

  /// Spawns the work on the loop; it ends when the loop does.
  void start();
  void replace(const Plan& plan);
  /// No run starts any more; `idle` is called once, when the last one under way has ended.
  void close(std::function<void()> idle);

  /// Lateness, flights, skipped slots. The numbers are kept where any thread may read them.
  OwnSource own_metrics() const;

 private:
  struct Gauges;
  Task<void> tick();
  Task<void> fly(Departure departure);
  void publish();
  void land();

  Net& net_;
  Sink sink_;
  Timetable timetable_;
  std::function<void()> idle_;
  std::shared_ptr<Gauges> gauges_;
};

}  // namespace vedette
