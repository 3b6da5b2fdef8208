#include "watch/tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "watch/tracked_alarm.h"

namespace vedette {

namespace {

// However little has changed, a window is kept this often: what was added up in a long period is worth something.
constexpr Duration kLongestUnkept = std::chrono::minutes(10);
constexpr std::string_view kTakenOut = "the alarm was taken out of the configuration";

// What a window looks like to the evaluation: 0 missing, 1 good, 2 breaching. It is worth keeping when that changes.
std::uint64_t pattern_of(const Condition& condition, const std::vector<Datapoint>& points) {
  std::uint64_t pattern = 1;
  for (const Datapoint& point : points) {
    std::uint64_t digit = !point.value ? 0 : breaches(condition, *point.value) ? 2 : 1;
    pattern = pattern * 1099511628211U + digit;
  }
  return pattern;
}

}  // namespace

struct Tracker::Objective {
  ObjectiveSpec spec;
  std::shared_ptr<ObjectiveCell> cell;
};

struct Tracker::Watched {
  std::shared_ptr<const Job> job;
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::vector<Objective> objectives;
};

Tracker::Tracker(Sinks sinks) : sinks_(std::move(sinks)) {}
Tracker::~Tracker() = default;

namespace {

// Also of those whose labels or severity have changed: they are new series then.
template <class Cell>
std::shared_ptr<Cell> same_or_new(const std::shared_ptr<Cell>& before, std::shared_ptr<Cell> made) {
  return before && before->labels == made->labels ? before : made;
}

Labels labels_of(const Target& target) {
  Labels labels{{"target", target.name}, {"module", target.module}};
  labels.insert(labels.end(), target.labels.begin(), target.labels.end());
  return labels;
}

}  // namespace

std::unique_ptr<Tracker::Watched> Tracker::watch(const std::shared_ptr<Job>& job, Watched* before, WallTime now) {
  auto watched = std::make_unique<Watched>();
  watched->job = job;
  Labels labels = labels_of(job->target);
  for (const auto& spec : job->alarms) {
    std::unique_ptr<Alarm> alarm;
    if (before) {
      auto known = std::find_if(before->alarms.begin(), before->alarms.end(),
                                [&](const auto& other) { return other && other->spec->name == spec->name; });
      if (known != before->alarms.end()) alarm = std::move(*known);
    }
    if (!alarm) alarm = std::make_unique<Alarm>();
    Window window(spec->statistic, spec->shape);
    std::string watched_before = alarm->watched();
    alarm->job = job;
    alarm->spec = spec;
    bool fits = alarm->window && alarm->watched() == watched_before;
    bool same = fits && alarm->window->shape() == spec->shape && alarm->window->statistic() == spec->statistic;
    if (fits && !same) static_cast<void>(window.load(alarm->window->save()));  // else it begins anew
    if (!same) alarm->window = std::move(window);
    if (!same) alarm->born = now;
    alarm->cell = same_or_new(alarm->cell, make_alarm_cell(labels, spec->name, spec->text.severity));
    alarm->show();
    watched->alarms.push_back(std::move(alarm));
  }
  for (const ObjectiveSpec& spec : job->objectives) {
    Objective objective{spec, make_objective_cell(labels, spec.name)};
    for (const Objective& known : before ? before->objectives : std::vector<Objective>{}) {
      if (known.spec.name == spec.name && known.spec.latency == spec.latency)
        objective.cell = same_or_new(known.cell, std::move(objective.cell));
    }
    objective.cell->objective = spec.objective;
    watched->objectives.push_back(std::move(objective));
  }
  return watched;
}

void Tracker::watch_composites(const Plan& plan, WallTime now) {
  auto before = std::move(composites_);
  composites_.clear();
  for (const CompositeSpec& spec : plan.composites) {
    std::unique_ptr<Alarm> alarm;
    for (auto& known : before) {
      if (known && known->rule->name == spec.name) alarm = std::move(known);
    }
    if (!alarm) alarm = std::make_unique<Alarm>();
    alarm->rule = std::make_shared<const CompositeSpec>(spec);
    alarm->cell = same_or_new(alarm->cell, make_alarm_cell(spec.labels, spec.name, spec.text.severity));
    alarm->show();
    composites_.push_back(std::move(alarm));
  }
  for (auto& alarm : before) {
    if (alarm) retire(*alarm, now);
  }
}

void Tracker::replace(const Plan& plan, WallTime now) {
  auto before = std::move(watched_);
  watched_.clear();
  for (const auto& job : plan.jobs) {
    auto known = before.find(job->target.name);
    bool counts = !job->alarms.empty() || !job->objectives.empty();
    if (counts)
      watched_.emplace(job->target.name, watch(job, known == before.end() ? nullptr : known->second.get(), now));
  }
  for (auto& [target, watched] : before) {
    for (auto& alarm : watched->alarms) {
      if (alarm) retire(*alarm, now);
    }
  }
  watch_composites(plan, now);
  regroup(now);
  publish();
}

void Tracker::retire(Alarm& alarm, WallTime now) {
  if (alarm.state == AlarmState::alarm) change(alarm, AlarmState::insufficient_data, std::string(kTakenOut), now);
  sinks_.gone(alarm.target(), alarm.name());
}

void Tracker::regroup(WallTime now) {
  auto before = std::move(groups_);
  groups_.clear();
  named_.clear();
  for (auto& [target, watched] : watched_) {
    for (auto& alarm : watched->alarms) {
      const WindowShape& shape = alarm->spec->shape;
      // Only weeks do not begin at multiples of themselves, and there is one step of a week.
      Group& group = groups_[{step_of(shape), shape.wall_clock}];
      group.alarms.push_back(alarm.get());
      if (group.due == WallTime{}) {
        auto known = before.find({step_of(shape), shape.wall_clock});
        group.due = known != before.end() ? known->second.due : alarm->window->next(now);
      }
      if (!composites_.empty()) named_.emplace(alarm->full_name(), alarm.get());
    }
  }
  for (auto& alarm : composites_) named_.emplace(alarm->full_name(), alarm.get());
  composites_due_ = !composites_.empty();
}

void Tracker::publish() {
  auto cells = std::make_shared<AlarmCells>();
  for (auto& [target, watched] : watched_) {
    for (auto& alarm : watched->alarms) cells->alarms.push_back(alarm->cell);
    for (auto& objective : watched->objectives) cells->objectives.push_back(objective.cell);
  }
  for (auto& alarm : composites_) cells->alarms.push_back(alarm->cell);
  auto by_labels = [](const auto& a, const auto& b) { return a->labels < b->labels; };
  std::sort(cells->alarms.begin(), cells->alarms.end(), by_labels);
  std::sort(cells->objectives.begin(), cells->objectives.end(), by_labels);
  shown_.put(std::move(cells));
}

void Tracker::restore(const std::vector<SavedAlarm>& saved, WallTime now) {
  std::map<std::pair<std::string, std::string>, Alarm*> known;
  for (auto& [target, watched] : watched_) {
    for (auto& alarm : watched->alarms) known[{target, alarm->name()}] = alarm.get();
  }
  for (auto& alarm : composites_) known[{"", alarm->name()}] = alarm.get();
  for (const SavedAlarm& one : saved) {
    auto found = known.find({one.target, one.alarm});
    if (found == known.end()) {
      lose(one, now);
      continue;
    }
    found->second->restore(one, now);
  }
  // A step may have been over before anybody had judged it.
  for (auto& [key, group] : groups_) group.due = now;
}

// It is not configured any more. If it was on, its row says that this is over.
void Tracker::lose(const SavedAlarm& saved, WallTime now) {
  if (saved.state == AlarmState::alarm) {
    AlarmText silent;
    silent.notify = false;  // nobody knows the labels that it was told with
    Transition transition{
        saved.target, saved.alarm,           {}, now, AlarmState::alarm, AlarmState::insufficient_data, {},
        {},           std::string(kTakenOut)};
    SavedAlarm last = saved;
    last.state = AlarmState::insufficient_data;
    last.since = last.saved = now;
    sinks_.changed({nullptr, silent, std::move(transition), std::move(last)});
  }
  sinks_.gone(saved.target, saved.alarm);
}

void Tracker::record(const Job& job, const ProbeResult& result, WallTime now) {
  auto found = watched_.find(job.target.name);
  // A run that began before a reload may belong to a target that is another one now.
  if (found == watched_.end()) return;
  const TargetText& text = *found->second->job->text;
  if (&text != job.text.get() && text.labels != job.text->labels) return;
  for (auto& alarm : found->second->alarms) {
    if (auto value = sample_of(*alarm->spec, result)) alarm->window->add(now, *value);
  }
  if (result.failure && result.failure->phase == Phase::agent) return;
  for (Objective& objective : found->second->objectives) {
    bool latency = objective.spec.latency > Duration(0);
    if (latency && !result.up()) continue;
    bool good = latency ? result.elapsed <= objective.spec.latency : result.up();
    objective.cell->total.add();
    if (good) objective.cell->good.add();
  }
}

bool Tracker::evaluate(WallTime now, std::size_t most) {
  bool more = false;
  for (auto& [key, group] : groups_) {
    if (now < group.due) continue;
    for (; group.at < group.alarms.size() && most > 0; ++group.at, --most) judge(*group.alarms[group.at], now);
    if (group.at < group.alarms.size()) {
      more = true;
      break;
    }
    group.at = 0;
    group.due = group.alarms.front()->window->next(now);
  }
  if (composites_due_ && !more) judge_composites(now);  // not in the middle of a step
  if (!unkept_.empty()) sinks_.keep(std::exchange(unkept_, {}));
  return more;
}

WallTime Tracker::next() const {
  WallTime soonest = WallTime::max();
  for (const auto& [key, group] : groups_) soonest = std::min(soonest, group.due);
  return soonest;
}

void Tracker::pass_over(WallTime from, WallTime to) {
  for (auto& [key, group] : groups_) {
    bool over = group.due <= from;  // or was over before
    for (Alarm* alarm : group.alarms) {
      over = alarm->window->pass_over(from, to) || over;
      alarm->born += to - from;
    }
    group.due = over ? to : group.alarms.front()->window->next(to);
    group.at = 0;
  }
}

void Tracker::judge(Alarm& alarm, WallTime now) {
  const AlarmSpec& spec = *alarm.spec;
  points_ = alarm.window->datapoints(now, std::move(points_));
  const std::vector<Datapoint>& points = points_;
  auto latest = std::find_if(points.rbegin(), points.rend(), [](const Datapoint& point) { return point.value; });
  alarm.cell->value = latest == points.rend() ? std::numeric_limits<double>::quiet_NaN() : *latest->value;
  if (alarm.too_young(points, now)) return;
  if (!alarm.judged) composites_due_ = !composites_.empty();
  alarm.judged = true;
  Verdict verdict = vedette::evaluate(spec.condition, points, alarm.state);
  std::uint64_t samples = spec.ignore_low_samples ? alarm.window->samples(now) : 0;
  if (samples > 0 && samples < samples_needed(spec.statistic)) verdict.state = alarm.state;
  std::uint64_t pattern = pattern_of(spec.condition, points);
  bool worth_keeping = pattern != alarm.pattern || now - alarm.kept > kLongestUnkept || now < alarm.kept;
  alarm.pattern = pattern;
  if (worth_keeping) alarm.kept = now;
  if (verdict.state != alarm.state) {
    alarm.value_then.reset();
    if (latest != points.rend()) alarm.value_then = latest->value;
    change(alarm, verdict.state, explain(spec.condition, points, verdict, spec.shown), now);
  } else if (worth_keeping) {
    unkept_.push_back(alarm.saved(now));
  }
}

// A rule over alarms of which nothing is known yet would say what is not so.
void Tracker::judge_composites(WallTime now) {
  composites_due_ = false;
  AlarmStates states;
  for (auto& alarm : composites_) {
    bool known = true;
    for (const std::string& name : alarm->rule->rule.names()) {
      auto member = named_.find(name);
      known = known && member != named_.end() && member->second->judged;
      if (known) states[name] = member->second->state;
    }
    if (!known) continue;
    alarm->judged = true;
    AlarmState state = alarm->rule->rule.holds(states) ? AlarmState::alarm : AlarmState::ok;
    if (state == alarm->state) continue;
    std::string reason = state == AlarmState::alarm ? "the rule holds" : "the rule does not hold";
    for (const std::string& name : alarm->rule->rule.names())
      reason += fmt::format("{} {} is {}", name == alarm->rule->rule.names().front() ? ":" : ",", name,
                            state_name(states[name]));
    change(*alarm, state, std::move(reason), now);
  }
}

void Tracker::change(Alarm& alarm, AlarmState after, std::string reason, WallTime now) {
  AlarmState before = std::exchange(alarm.state, after);
  alarm.since = now;
  alarm.reason = std::move(reason);
  alarm.cell->transitions[static_cast<std::size_t>(after)].add();
  alarm.show();
  if (alarm.job) composites_due_ = !composites_.empty();
  sinks_.changed(alarm.event(before, now));
}

void Tracker::for_each_on(const std::function<void(const AlarmEvent&)>& use, WallTime now) const {
  for (const auto& [target, watched] : watched_) {
    for (const auto& alarm : watched->alarms) {
      if (alarm->state == AlarmState::alarm) use(alarm->event(AlarmState::alarm, now));
    }
  }
  for (const auto& alarm : composites_) {
    if (alarm->state == AlarmState::alarm) use(alarm->event(AlarmState::alarm, now));
  }
}

std::vector<SavedAlarm> Tracker::everything(WallTime now) const {
  std::vector<SavedAlarm> all;
  for (const auto& [target, watched] : watched_) {
    for (const auto& alarm : watched->alarms) all.push_back(alarm->saved(now));
  }
  for (const auto& alarm : composites_) all.push_back(alarm->saved(now));
  return all;
}

}  // namespace vedette
