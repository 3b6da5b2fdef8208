#include "watch/alarm_watch.h"

#include <algorithm>

#include "alarm/alert.h"

namespace vedette {

namespace {

// Judging ten thousand alarms at the top of a minute must not hold up a probe: so many, then the probes' turn.
constexpr std::size_t kAtOnce = 256;
constexpr Duration kBreath = milliseconds(5);
constexpr Duration kLongestNap = seconds(1);
// A difference between the clocks that is no jump, and a nap that is no sleep of the whole machine.
constexpr Duration kSlack = milliseconds(500);

std::string key_of(const std::string& target, const std::string& alarm) { return target + "/" + alarm; }

}  // namespace

AlarmWatch::AlarmWatch(Loop& loop, Notifier& notifier, std::string link, Log log)
    : loop_(loop),
      notifier_(notifier),
      link_(std::move(link)),
      log_(std::move(log)),
      tracker_({[this](const AlarmEvent& event) { on_change(event); },
                [this](const std::string& target, const std::string& alarm) { on_gone(target, alarm); },
                [this](std::vector<SavedAlarm> saved) {
                  if (store_) store_->save(std::move(saved));
                }}) {}

// The world's time. If it has jumped, or nobody looked for long, the time in between counts as none.
WallTime AlarmWatch::look() {
  Time steady = now();
  WallTime wall = wall_now();
  if (looked_ != Time{}) {
    WallTime expected = looked_wall_ + std::min(steady - looked_, kLongestNap + kSlack);
    if (wall - expected > kSlack || expected - wall > kSlack) tracker_.pass_over(expected, wall);
  }
  looked_ = steady;
  looked_wall_ = wall;
  return wall;
}

void AlarmWatch::replace(const Plan& plan) {
  tracker_.replace(plan, look());
  // Labels and texts may be others now.
  tracker_.for_each_on([this](const AlarmEvent& event) { tell(event); }, looked_wall_);
}

void AlarmWatch::restore(const std::vector<SavedAlarm>& saved) {
  tracker_.restore(saved, look());
  tracker_.for_each_on([this](const AlarmEvent& event) { tell(event); }, looked_wall_);
}

void AlarmWatch::start() { loop_.spawn(tick()); }

void AlarmWatch::record(const Job& job, const ProbeResult& result) {
  if (!paused_) tracker_.record(job, result, look());
}

void AlarmWatch::pause() {
  look();
  paused_ = true;
}

void AlarmWatch::close() {
  if (!paused_) pause();
  if (store_) store_->save(tracker_.everything(looked_wall_));
}

Task<void> AlarmWatch::tick() {
  while (!paused_) {
    WallTime wall = look();
    bool more = tracker_.evaluate(wall, kAtOnce);
    Duration nap = more ? kBreath : std::clamp<Duration>(tracker_.next() - wall, milliseconds(1), kLongestNap);
    Loop::Sleep pause = loop_.sleep_until(now() + nap);
    Wake why = co_await pause;
    if (why != Wake::ready) co_return;
  }
}

void AlarmWatch::on_change(const AlarmEvent& event) {
  const Transition& transition = event.transition;
  bool off = transition.after != AlarmState::alarm;
  std::initializer_list<LogField> fields = {{"target", transition.target},
                                            {"alarm", transition.alarm},
                                            {"was", std::string(state_name(transition.before))},
                                            {"is", std::string(state_name(transition.after))},
                                            {"why", transition.reason}};
  if (off && transition.before != AlarmState::alarm) {
    log_.debug("alarm", fields);
  } else if (off) {
    log_.info(transition.after == AlarmState::ok ? "alarm is over" : "alarm has no data any more", fields);
  } else {
    log_.warn("alarm", fields);
  }
  if (store_) store_->record(transition, event.saved);
  tell(event);
}

void AlarmWatch::tell(const AlarmEvent& event) {
  const Transition& transition = event.transition;
  std::string key = key_of(transition.target, transition.alarm);
  if (!event.text.notify) {
    notifier_.forget(key, looked_wall_);
  } else if (transition.after == AlarmState::alarm) {
    notifier_.raise(key, alert_of(event.text, transition, link_));
  } else if (transition.before == AlarmState::alarm) {
    notifier_.resolve(key, alert_of(event.text, transition, link_));
  }
}

void AlarmWatch::on_gone(const std::string& target, const std::string& alarm) {
  if (store_) store_->forget({{target, alarm}});
  notifier_.forget(key_of(target, alarm), looked_wall_);
}

}  // namespace vedette
