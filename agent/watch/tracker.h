#pragma once
// Every target's alarms and objectives: results in, states out. Pure: it is told the time. Loop thread only, but for
// append_to().

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alarm/spec.h"
#include "base/guarded.h"
#include "model/alarm.h"
#include "model/probe_result.h"
#include "model/snapshot.h"
#include "watch/alarm_cells.h"
#include "watch/plan.h"

namespace vedette {

/// An alarm whose state has just changed, or that is on.
struct AlarmEvent {
  const Target* target;  // null: a composite alarm
  const AlarmText& text;
  Transition transition;  // `after` is the state now, `at` is since when
  SavedAlarm saved;
};

class Tracker {
 public:
  struct Sinks {
    std::function<void(const AlarmEvent&)> changed;
    /// Is no longer configured; if it was on, `changed` was called before.
    std::function<void(const std::string& target, const std::string& alarm)> gone;
    /// To be kept, though no state has changed.
    std::function<void(std::vector<SavedAlarm>)> keep;
  };

  explicit Tracker(Sinks sinks);
  ~Tracker();
  Tracker(const Tracker&) = delete;

  /// Alarms that stay keep their state, and their window where it still fits.
  void replace(const Plan& plan, WallTime now);
  /// What a former life of the agent has kept; after the first replace(). What is no longer configured is over and
  /// gone.
  void restore(const std::vector<SavedAlarm>& saved, WallTime now);

  void record(const Job& job, const ProbeResult& result, WallTime now);
  /// Judges alarms whose step has ended, at most `most`: true when others are left.
  bool evaluate(WallTime now, std::size_t most);
  /// When evaluate() has work next, as long as no plan brings new alarms.
  WallTime next() const;
  /// Nobody looked in between: it counts as no time.
  void pass_over(WallTime from, WallTime to);

  /// Calls with each alarm that is on.
  void for_each_on(const std::function<void(const AlarmEvent&)>& use, WallTime now) const;
  /// All that is known, to be kept at the end.
  std::vector<SavedAlarm> everything(WallTime now) const;

  /// Any thread: the families vedette_alarm_* and vedette_slo_*.
  void append_to(Snapshot& snapshot) const { append_alarm_families(shown_.get(), snapshot); }

 private:
  struct Alarm;
  struct Objective;
  struct Watched;
  /// Alarms whose steps begin at the same moments, so that one look at the clock tells for all.
  struct Group {
    std::vector<Alarm*> alarms;
    WallTime due{};      // when they are to be judged next
    std::size_t at = 0;  // of these, when that has begun
  };
  using GroupKey = std::pair<Duration, bool>;  // step, on the wall clock

  std::unique_ptr<Watched> watch(const std::shared_ptr<Job>& job, Watched* before, WallTime now);
  void watch_composites(const Plan& plan, WallTime now);
  void regroup(WallTime now);
  void publish();
  void judge(Alarm& alarm, WallTime now);
  void judge_composites(WallTime now);
  void change(Alarm& alarm, AlarmState after, std::string reason, WallTime now);
  void retire(Alarm& alarm, WallTime now);
  void lose(const SavedAlarm& saved, WallTime now);

  Sinks sinks_;
  std::unordered_map<std::string, std::unique_ptr<Watched>> watched_;  // by target
  std::vector<std::unique_ptr<Alarm>> composites_;                     // each after those it names
  std::map<GroupKey, Group> groups_;
  std::map<std::string, Alarm*, std::less<>> named_;  // by composites
  bool composites_due_ = false;
  std::vector<SavedAlarm> unkept_;
  std::vector<Datapoint> points_;  // of the alarm that is judged; kept for its room
  Published<AlarmCells> shown_;
};

}  // namespace vedette
