#pragma once
// Raw results in, one datapoint a period out. Pure: it is told the time. Memory has a bound that no rate of results can
// lift.
//
// Periods are counted from the epoch. As in CloudWatch the window slides by default: a condition over 5 minutes is
// looked at every minute, over the minutes that are just complete. Results are therefore kept by steps, the time
// between two looks: 60 s, 10 s for periods of 10, 20 and 30 s, the period itself below; an hour or what divides the
// period when all evaluation periods together last more than a day. A window on the wall clock has steps of one period;
// its weeks begin on Monday.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alarm/evaluate.h"
#include "alarm/statistic.h"
#include "alarm/tally.h"
#include "base/result.h"
#include "base/time.h"

namespace vedette {

struct WindowShape {
  Duration period = seconds(60);
  int periods = 1;  // N, those that are evaluated
  int range = 3;    // those that are kept for it: evaluation_range(N)
  bool wall_clock = false;
  bool operator==(const WindowShape&) const = default;
};

/// CloudWatch's limits: 1, 5, 10, 20, 30 s or whole minutes; all evaluation periods within a day, or within a week when
/// one is an hour or more; on the wall clock 1 min, 5 min, 1 h, 1 d or 7 d.
Result<void> check_window_shape(const WindowShape& shape);
Duration step_of(const WindowShape& shape);

/// A window's content, for whoever stores it.
struct SavedStep {
  std::int64_t index = 0;  // in steps since the epoch
  Tally tally;
  bool operator==(const SavedStep&) const = default;
};
struct SavedWindow {
  Duration step{};
  bool wall_clock = false;
  Statistic statistic;
  std::vector<SavedStep> steps;  // oldest first, those without results left out
  bool operator==(const SavedWindow&) const = default;
};

class Window {
 public:
  /// Of a ranked statistic (p90, tm99) a step keeps at most 4096 values exactly, or its share of 65,536 (1 MiB) when
  /// the window has more than 16 steps, but always 16. Beyond that, values that are nearly equal share a point
  /// (tally.h). All other statistics keep no values: a step is some hundred bytes, at any rate of results.
  static constexpr std::size_t kMostPoints = 65536, kMostPointsOfStep = 4096, kLeastPointsOfStep = 16;

  /// The shape has passed check_window_shape().
  Window(const Statistic& statistic, const WindowShape& shape);

  /// A result belongs to the period in which it came: by the time its run began it might be too old to be looked at.
  /// False: it is older than all that is still looked at, or no number.
  bool add(WallTime came, double value);

  /// Nobody looked from `from` to `to` (the agent was not running, or the clock was set): what was kept until `from`
  /// counts as if it ended at `to`, so that time without an agent is no missing data. `to` may come before `from`. Only
  /// whole steps are passed over; true when with the rest a step is over that began before `from`.
  bool pass_over(WallTime from, WallTime to);

  /// The last `range` periods that are over, newest last; forgets what is older. Results from more than a period ahead,
  /// left by a clock that was set back, are forgotten too. They are put into `room`, whose content does not matter:
  /// who asks often passes what was got last.
  std::vector<Datapoint> datapoints(WallTime now, std::vector<Datapoint> room = {});

  /// When datapoints() will have another period: after `now`, at most a step away.
  WallTime next(WallTime now) const;

  /// How many results the evaluated periods hold, for samples_needed().
  std::uint64_t samples(WallTime now) const;

  SavedWindow save() const;
  /// Adds what another window of the same steps saved, also if period, range or statistic have changed since, as long
  /// as what was kept tells the new statistic. Else, or when it is damaged, an error, and nothing happens.
  Result<void> load(const SavedWindow& saved);

  const Statistic& statistic() const { return statistic_; }
  const WindowShape& shape() const { return shape_; }

 private:
  using Steps = std::vector<SavedStep>;

  std::int64_t step_at(WallTime time) const;  // the step it lies in
  WallTime start_of(std::int64_t step) const;
  /// The first that is not before `step`.
  Steps::const_iterator from(std::int64_t step) const;
  Tally& tally_at(std::int64_t step);
  Tally tally_of(Steps::const_iterator first, std::int64_t to) const;
  void bound();
  void move(std::int64_t before, std::int64_t by);
  void close_gap(std::int64_t end);

  Statistic statistic_;
  WindowShape shape_;
  Duration step_, origin_;
  std::int64_t steps_a_period_;
  std::size_t most_steps_, most_points_;
  std::int64_t oldest_;
  Steps steps_;                        // oldest first: nearly all that is asked or changed is at an end
  std::optional<std::int64_t> blind_;  // a step that was not looked at as a whole
};

/// A saved window as bytes and back, the same on all machines. What is no such bytes is an error.
std::string to_bytes(const SavedWindow& saved);
Result<SavedWindow> from_bytes(std::string_view bytes);

}  // namespace vedette
