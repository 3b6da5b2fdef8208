#include "alarm/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace vedette {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1), kHour = std::chrono::hours(1), kDay = std::chrono::hours(24);
constexpr Duration kWeek = 7 * kDay;
constexpr Duration kFirstMonday = 4 * kDay;  // the epoch was a Thursday

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// Whether what was kept for one statistic tells another too. Totals always do.
bool tells(const Statistic& kept, const Statistic& wanted) {
  if (wanted.ranked()) return kept.ranked();
  if (!wanted.low && !wanted.high) return true;
  return !kept.ranked() && kept.low == wanted.low && kept.high == wanted.high;
}

// Whether it can have come out of save(): a store may have been written to by others.
bool is_sound(const Statistic& statistic, const Tally& tally) {
  std::uint64_t counted = statistic.ranked() ? 0 : tally.count;
  for (const Point& point : tally.points) {
    if (!std::isfinite(point.value) || point.count == 0) return false;
    counted += point.count;
  }
  return counted == tally.count && tally.count > 0 && tally.inside <= tally.count && std::isfinite(tally.sum);
}

}  // namespace

Result<void> check_window_shape(const WindowShape& shape) {
  constexpr std::array<int, 5> kShort = {1, 5, 10, 20, 30};
  bool is_short = std::any_of(kShort.begin(), kShort.end(), [&](int s) { return shape.period == seconds(s); });
  if (shape.period <= Duration(0) || (!is_short && shape.period % kMinute != Duration(0))) {
    return Error{
        fmt::format("period {}: allowed are 1s, 5s, 10s, 20s, 30s and whole minutes", format_duration(shape.period))};
  }
  if (shape.periods < 1 || shape.range < shape.periods) return Error{"evaluation periods: at least 1"};
  Duration most = shape.period >= kHour ? kWeek : kDay;
  if (shape.period > most / shape.periods) {
    return Error{fmt::format("{} periods of {} are longer than {}", shape.periods, format_duration(shape.period),
                             format_duration(most))};
  }
  if (!shape.wall_clock) return {};
  constexpr std::array<Duration, 5> kWall = {kMinute, 5 * kMinute, kHour, kDay, kWeek};
  if (std::find(kWall.begin(), kWall.end(), shape.period) != kWall.end()) return {};
  return Error{
      fmt::format("period {}: on the wall clock allowed are 1m, 5m, 1h, 1d and 7d", format_duration(shape.period))};
}

Duration step_of(const WindowShape& shape) {
  if (shape.wall_clock || shape.period < seconds(10)) return shape.period;
  if (shape.period < kMinute) return seconds(10);
  if (shape.period <= kDay / shape.periods) return kMinute;
  return Duration(std::gcd(shape.period.count(), kHour.count()));
}

Window::Window(const Statistic& statistic, const WindowShape& shape)
    : statistic_(statistic),
      shape_(shape),
      step_(step_of(shape)),
      origin_(shape.wall_clock && shape.period == kWeek ? kFirstMonday : Duration(0)),
      steps_a_period_(shape.period / step_),
      oldest_(std::numeric_limits<std::int64_t>::min()) {
  // Besides the range: the period that is not over, and one ahead of it.
  most_steps_ = static_cast<std::size_t>((shape.range + 2) * steps_a_period_ + 1);
  most_points_ = std::clamp(kMostPoints / most_steps_, kLeastPointsOfStep, kMostPointsOfStep);
}

std::int64_t Window::step_at(WallTime time) const {
  return floor_div((time.time_since_epoch() - origin_).count(), step_.count());
}

WallTime Window::start_of(std::int64_t step) const { return WallTime(origin_ + step * step_); }

Window::Steps::const_iterator Window::from(std::int64_t step) const {
  return std::lower_bound(steps_.begin(), steps_.end(), step,
                          [](const SavedStep& each, std::int64_t wanted) { return each.index < wanted; });
}

Tally& Window::tally_at(std::int64_t step) {
  auto at = from(step);
  if (at == steps_.end() || at->index != step) at = steps_.insert(at, {step, {}});
  return steps_[static_cast<std::size_t>(at - steps_.begin())].tally;
}

Tally Window::tally_of(Steps::const_iterator first, std::int64_t to) const {
  Tally tally;
  for (; first != steps_.end() && first->index < to; ++first) add_tally(tally, first->tally);
  return tally;
}

void Window::bound() {
  if (steps_.size() <= most_steps_) return;
  auto last = steps_.begin() + static_cast<std::ptrdiff_t>(steps_.size() - most_steps_);
  oldest_ = (last - 1)->index + 1;
  steps_.erase(steps_.begin(), last);
}

bool Window::add(WallTime came, double value) {
  std::int64_t step = step_at(came);
  if (step < oldest_ || !std::isfinite(value)) return false;
  add_sample(tally_at(step), statistic_, value, most_points_);
  bound();
  return step >= oldest_;
}

// The steps before `before` become `by` newer.
void Window::move(std::int64_t before, std::int64_t by) {
  for (SavedStep& step : std::exchange(steps_, {})) {
    Tally& tally = tally_at(step.index < before ? step.index + by : step.index);
    add_tally(tally, step.tally);
    trim_tally(tally, statistic_, most_points_);
  }
}

bool Window::pass_over(WallTime from, WallTime to) {
  const std::int64_t end = step_at(to), by = (to - from) / step_;
  std::int64_t last = step_at(from);  // that was looked at, if only its beginning
  close_gap(last);
  if (by != 0) {
    move(std::numeric_limits<std::int64_t>::max(), by);
    if (oldest_ != std::numeric_limits<std::int64_t>::min()) oldest_ += by;
  }
  last += by;
  const bool over = last < end;
  if (over) {
    blind_ = last;
    close_gap(end);
  }
  blind_ = end;
  return over;
}

// A step that was looked at in part counts if it had a result in that part, and is left out if not.
void Window::close_gap(std::int64_t end) {
  if (!blind_ || *blind_ >= end) return;
  if (auto at = from(*blind_); at == steps_.end() || at->index != *blind_) move(*blind_, 1);
  blind_.reset();
}

std::vector<Datapoint> Window::datapoints(WallTime now, std::vector<Datapoint> room) {
  std::int64_t end = step_at(now);
  close_gap(end);
  oldest_ = end - shape_.range * steps_a_period_;
  steps_.erase(from(end + steps_a_period_ + 1), steps_.end());
  steps_.erase(steps_.begin(), from(oldest_));
  room.clear();
  auto first = steps_.cbegin();
  for (std::int64_t start = oldest_; start < end; start += steps_a_period_) {
    std::int64_t over = start + steps_a_period_;
    std::optional<double> value;
    if (first != steps_.end() && first->index < over) {
      value = steps_a_period_ == 1 ? value_of(statistic_, first->tally) : value_of(statistic_, tally_of(first, over));
    }
    while (first != steps_.end() && first->index < over) ++first;
    room.push_back({start_of(start), value});
  }
  return room;
}

WallTime Window::next(WallTime now) const { return start_of(step_at(now) + 1); }

std::uint64_t Window::samples(WallTime now) const {
  std::int64_t end = step_at(now), count = 0;
  auto it = from(end - shape_.periods * steps_a_period_);
  for (; it != steps_.end() && it->index < end; ++it) count += static_cast<std::int64_t>(it->tally.count);
  return static_cast<std::uint64_t>(count);
}

SavedWindow Window::save() const { return {step_, shape_.wall_clock, statistic_, steps_}; }

Result<void> Window::load(const SavedWindow& saved) {
  if (saved.step != step_ || saved.wall_clock != shape_.wall_clock) {
    return Error{fmt::format("a window with steps of {} cannot go on where one with steps of {} ended",
                             format_duration(step_), format_duration(saved.step))};
  }
  if (!tells(saved.statistic, statistic_)) {
    return Error{fmt::format("what was kept for {} does not tell {}", statistic_name(saved.statistic),
                             statistic_name(statistic_))};
  }
  for (const SavedStep& step : saved.steps) {
    if (!is_sound(saved.statistic, step.tally)) return Error{"the saved window is damaged"};
  }
  for (const SavedStep& step : saved.steps) {
    if (step.index < oldest_) continue;
    Tally& tally = tally_at(step.index);
    add_tally(tally, step.tally);
    trim_tally(tally, statistic_, most_points_);
  }
  bound();
  return {};
}

}  // namespace vedette
