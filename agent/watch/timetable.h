#pragma once
// When each target's turn is. Pure: it is told the time and never asks for it, so tests need no waiting.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "watch/plan.h"

namespace vedette {

/// A target's place in the timetable; outlives a reload while its target does, and a run while that lasts.
struct Turn {
  std::shared_ptr<Job> job;
  Time due{};  // the next slot
  bool running = false;
  bool waiting = false;  // due since `due_since`, but too many are in flight
  bool gone = false;     // no longer in the configuration: its results are dropped
  Time due_since{};
};

/// The end of the tick in which `due` lies; of the first one after `now` when it has passed.
Time tick_after(Time due, Time now, Duration tick);

/// One run to start now.
struct Departure {
  std::shared_ptr<Turn> turn;
  Time due;
};

class Timetable {
 public:
  /// Why slots were passed over.
  struct Skipped {
    std::uint64_t running = 0;  // the run before was still under way
    std::uint64_t full = 0;     // too many others were
    std::uint64_t asleep = 0;   // the whole agent was not running (suspended, starved)
  };

  /// `epoch` is where slots are counted from: the moment on the steady clock at which the world's clock showed zero, so
  /// that a restarted agent keeps its targets' slots.
  explicit Timetable(Time epoch) : epoch_(epoch) {}

  /// Targets that stay keep their slot, also while they run; new ones get theirs after `now`.
  void replace(const Plan& plan, Time now);
  /// What is to start. Each departure counts as in flight until ended() is called.
  std::vector<Departure> depart(Time now);
  void ended(Turn& turn);
  /// When depart() has work next.
  Time next() const;
  /// Nothing departs any more.
  void close();

  /// Somebody is due and waits for another to land.
  bool waits() const { return !waiting_.empty(); }
  std::size_t flights() const { return flights_; }
  std::size_t size() const { return turns_.size(); }
  const Skipped& skipped() const { return skipped_; }
  /// Called with each target whose slot was passed over.
  std::function<void(const Turn&)> on_skip;

  /// The first slot of that name after `now`: phase = hash of the name.
  Time slot_after(const std::string& name, Duration interval, Time now) const;

 private:
  struct Slot {
    Time due;
    std::weak_ptr<Turn> turn;
    bool operator>(const Slot& other) const { return due > other.due; }
  };
  void enqueue(const std::shared_ptr<Turn>& turn);
  void advance(Turn& turn, Time now);
  void skip(Turn& turn, std::uint64_t& counter);

  Time epoch_;
  std::size_t limit_ = 0, flights_ = 0;
  bool closed_ = false;
  Skipped skipped_;
  std::unordered_map<std::string, std::shared_ptr<Turn>> turns_;
  std::priority_queue<Slot, std::vector<Slot>, std::greater<>> slots_;
  std::deque<std::shared_ptr<Turn>> waiting_;
};

}  // namespace vedette
