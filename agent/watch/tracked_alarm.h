#pragma once
// Inside of watch/tracker: one alarm of one target, or one composite alarm, with its state.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarm/spec.h"
#include "watch/alarm_cells.h"
#include "watch/plan.h"
#include "watch/tracker.h"

namespace vedette {

struct Tracker::Alarm {
  std::shared_ptr<const Job> job;             // null: a composite alarm
  std::shared_ptr<const AlarmSpec> spec;      // likewise
  std::shared_ptr<const CompositeSpec> rule;  // null: of a target
  std::shared_ptr<AlarmCell> cell;
  std::optional<Window> window;
  AlarmState state = AlarmState::insufficient_data;
  WallTime since{}, kept{};
  std::uint64_t pattern = 0;  // when it was kept
  WallTime born{};            // since when there could be results
  bool judged = false;
  std::string reason;  // why the state began, and with which number
  std::optional<double> value_then;

  std::string target() const { return job ? job->target.name : ""; }
  const std::string& name() const { return spec ? spec->name : rule->name; }
  const AlarmText& text() const { return spec ? spec->text : rule->text; }
  std::string full_name() const { return job ? job->target.name + "/" + spec->name : rule->name; }
  Labels labels() const;
  /// What its window holds numbers of: of anything else they would be wrong.
  std::string watched() const;
  /// Before N periods were watched as a whole, a missing datapoint says nothing. M that breach are enough all the same.
  bool too_young(const std::vector<Datapoint>& points, WallTime now) const;

  SavedAlarm saved(WallTime now) const;
  /// The window begins anew where it cannot go on from there.
  void restore(const SavedAlarm& kept_then, WallTime now);
  AlarmEvent event(AlarmState before, WallTime now) const;
  void show();
};

}  // namespace vedette
