#include "watch/tracked_alarm.h"

#include <algorithm>

#include "alarm/memory.h"

namespace vedette {

Labels Tracker::Alarm::labels() const {
  Labels all{{"severity", text().severity}};
  if (job) all.emplace_back("module", job->target.module);
  for (const auto& label : job ? job->target.labels : rule->labels) {
    if (label.first != "severity") all.push_back(label);
  }
  return all;
}

std::string Tracker::Alarm::watched() const {
  if (!spec) return "";
  std::string what = std::to_string(static_cast<int>(spec->kind));
  for (int status : spec->classes) what += "," + std::to_string(status);
  if (spec->kind != AlarmKind::reading) return what;
  const Series& series = job->text->schema[spec->reading];
  return what + "," + std::string(series.metric->name) + "{" + std::string(series.labels) + "}";
}

bool Tracker::Alarm::too_young(const std::vector<Datapoint>& points, WallTime now) const {
  const Condition& condition = spec->condition;
  auto real = std::count_if(points.begin(), points.end(), [](const Datapoint& point) { return point.value; });
  auto bad = std::count_if(points.begin(), points.end(),
                           [&](const Datapoint& point) { return point.value && breaches(condition, *point.value); });
  if (real >= condition.datapoints.n || bad >= condition.datapoints.m) return false;
  return now < window->next(born) + condition.datapoints.n * spec->shape.period;
}

SavedAlarm Tracker::Alarm::saved(WallTime now) const {
  AlarmMemory memory{watched(), born, judged, value_then, reason, window ? to_bytes(window->save()) : ""};
  return {target(), name(), state, since, now, to_bytes(memory)};
}

void Tracker::Alarm::restore(const SavedAlarm& kept_then, WallTime now) {
  state = kept_then.state;
  since = kept_then.since;
  show();
  auto memory = memory_from_bytes(kept_then.window);
  judged = !memory || memory->judged;
  if (!memory) return;
  reason = memory->reason;
  value_then = memory->value;
  if (!window || memory->watched != watched()) return;
  auto content = from_bytes(memory->window);
  if (!content || !window->load(*content)) return;
  static_cast<void>(window->pass_over(kept_then.saved, now));
  born = memory->born + (now - kept_then.saved);
}

AlarmEvent Tracker::Alarm::event(AlarmState before, WallTime now) const {
  Transition transition{target(), name(), labels(), since, before, state, value_then, {}, reason};
  if (spec) transition.threshold = spec->condition.threshold;
  return {job ? &job->target : nullptr, text(), std::move(transition), saved(now)};
}

void Tracker::Alarm::show() {
  cell->state = state;
  if (spec) cell->threshold = spec->condition.threshold;
}

}  // namespace vedette
