#pragma once
// A tracker on a clock of the test's own.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "watch/plans.h"
#include "watch/tracker.h"

namespace vedette {

inline constexpr WallTime kHour = WallTime(seconds(1700006400));

inline std::shared_ptr<AlarmSpec> alarm_of(const std::string& name, AlarmKind kind, Duration period,
                                           std::string_view m_of_n, MissingData missing = MissingData::missing) {
  auto spec = std::make_shared<AlarmSpec>();
  spec->name = name;
  spec->kind = kind;
  spec->condition.comparison = kind == AlarmKind::slow ? Comparison::above : Comparison::below;
  spec->condition.threshold = kind == AlarmKind::slow ? 0.28 : 1;
  spec->condition.datapoints = *parse_m_of_n(m_of_n);
  spec->condition.missing = missing;
  spec->condition.range = evaluation_range(spec->condition.datapoints.n);
  spec->shape = {period, spec->condition.datapoints.n, spec->condition.range, false};
  return spec;
}

inline CompositeSpec composite_of(const std::string& name, std::string_view rule) {
  return {name, *Expression::parse(rule), {{"team", "web"}}, {}};
}

/// A tracker, the world around it and what it said.
struct World {
  std::vector<std::string> said;
  std::vector<Transition> transitions;
  std::map<std::string, SavedAlarm> kept;
  std::vector<std::string> gone;
  std::unique_ptr<Tracker> tracker;
  std::shared_ptr<Job> job;
  Plan plan;
  WallTime now = kHour;

  explicit World(AlarmSpecs specs, Duration interval = seconds(60), std::vector<CompositeSpec> composites = {}) {
    job = make_job("shop", interval, {{"team", "web"}});
    job->target.module = "http_2xx";
    job->alarms = std::move(specs);
    plan = make_plan_of({job});
    plan.composites = std::move(composites);
    live();
  }

  // A life of the agent begins; what the last one kept is there.
  void live() {
    tracker =
        std::make_unique<Tracker>(Tracker::Sinks{[this](const AlarmEvent& event) {
                                                   const Transition& t = event.transition;
                                                   said.push_back(t.alarm + ": " + std::string(state_name(t.before)) +
                                                                  " to " + std::string(state_name(t.after)));
                                                   transitions.push_back(t);
                                                   kept[t.alarm] = event.saved;
                                                 },
                                                 [this](const std::string& target, const std::string& alarm) {
                                                   gone.push_back(target + "/" + alarm);
                                                   kept.erase(alarm);
                                                 },
                                                 [this](std::vector<SavedAlarm> saved) {
                                                   for (SavedAlarm& one : saved) kept[one.alarm] = std::move(one);
                                                 }});
    tracker->replace(plan, now);
    std::vector<SavedAlarm> saved;
    for (const auto& [name, one] : kept) saved.push_back(one);
    tracker->restore(saved, now);
  }

  void result(std::optional<double> took) {
    ProbeResult result;
    result.at = now;
    result.elapsed = from_seconds(took.value_or(0.1));
    if (!took) result.failure = Failure{Phase::connect, Reason::connect_refused, "why"};
    tracker->record(*job, result, now);
  }

  void judge() {
    while (tracker->evaluate(now, 1)) {}
  }

  // Each interval one result of that kind, judged every second.
  void pass(Duration time, std::optional<double> took, bool results = true) {
    for (WallTime end = now + time; now < end;) {
      if (results && now.time_since_epoch() % job->interval == job->interval / 2) result(took);
      now += milliseconds(500);
      judge();
    }
  }
};

}  // namespace vedette
