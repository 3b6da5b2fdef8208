#include "alarm/tally.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace vedette {
namespace {

constexpr std::size_t kLeastPoints = 16;

bool is_inside(const Statistic& statistic, double value) {
  return (!statistic.low || value > *statistic.low) && (!statistic.high || value <= *statistic.high);
}

double clamped(const Statistic& statistic, double value) {
  if (statistic.low && value < *statistic.low) return *statistic.low;
  if (statistic.high && value > *statistic.high) return *statistic.high;
  return value;
}

void sort_points(std::vector<Point>& points) {
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.value < b.value; });
}

// Neighbours for which `same` holds become one, at their mean. Equal values keep theirs to the last bit.
template <class Same>
void join_neighbours(std::vector<Point>& points, Same same) {
  std::vector<Point> joined;
  for (const Point& point : points) {
    if (joined.empty() || !same(joined.back().value, point.value)) {
      joined.push_back(point);
      continue;
    }
    Point& last = joined.back();
    last.count += point.count;
    last.value += (point.value - last.value) * (static_cast<double>(point.count) / static_cast<double>(last.count));
  }
  points = std::move(joined);
}

// Which class of nearly equal values a value belongs to: classes of one sign grow by the same factor each.
double class_of(double value, double log_width) {
  constexpr double kApart = 1e6;  // more than any order, so that the signs never meet
  if (value == 0) return 0;
  return std::copysign(std::floor(std::log(std::abs(value)) / log_width) + kApart, value);
}

void join_near(Tally& tally) {
  double log_width = std::ldexp(std::log(1.01), static_cast<int>(tally.coarseness) - 1);
  join_neighbours(tally.points, [&](double a, double b) { return class_of(a, log_width) == class_of(b, log_width); });
}

// Leaves half of the room free, so that this is not done at every sample.
void make_room(Tally& tally, std::size_t most_points) {
  sort_points(tally.points);
  join_neighbours(tally.points, [](double a, double b) { return a == b; });
  if (tally.coarseness > 0) join_near(tally);
  while (tally.points.size() > most_points / 2) {
    ++tally.coarseness;
    join_near(tally);
  }
}

// That share of the samples, counted from the smallest. A share of a whole number that is whole but for the rounding of
// the computation (64.4 % of 250) is whole.
double position(std::optional<double> share, double otherwise, double count) {
  double exact = share.value_or(otherwise) * count / 100;
  double whole = std::round(exact);
  return std::abs(exact - whole) <= 1e-9 * std::max(1.0, whole) ? whole : exact;
}

// The value that covers the line up to `end`, and a bit before it.
double value_before(const std::vector<Point>& sorted, double end) {
  double reached = 0;
  for (const Point& point : sorted) {
    reached += static_cast<double>(point.count);
    if (reached >= end) return point.value;
  }
  return sorted.back().value;
}

// The value that covers the line at `start`, and a bit after it.
double value_after(const std::vector<Point>& sorted, double start) {
  double reached = 0;
  for (const Point& point : sorted) {
    reached += static_cast<double>(point.count);
    if (reached > start) return point.value;
  }
  return sorted.back().value;
}

double sum_between(const std::vector<Point>& sorted, double start, double end) {
  double sum = 0, from = 0;
  for (const Point& point : sorted) {
    double to = from + static_cast<double>(point.count);
    double part = std::min(to, end) - std::max(from, start);
    if (part > 0) sum += part * point.value;
    from = to;
  }
  return sum;
}

double winsorized_sum(const std::vector<Point>& sorted, double start, double end) {
  double low = value_after(sorted, start), high = value_before(sorted, end), sum = 0;
  for (const Point& point : sorted) {
    sum += static_cast<double>(point.count) * std::min(std::max(point.value, low), high);
  }
  return sum;
}

double ranked_value(const Statistic& statistic, const Tally& tally) {
  std::vector<Point> in_order;
  bool alone = tally.points.size() == 1;  // as of a target that is probed once a step: nothing to copy
  if (!alone) in_order = tally.points;
  sort_points(in_order);
  const std::vector<Point>& sorted = alone ? tally.points : in_order;
  double count = static_cast<double>(tally.count);
  double start = position(statistic.low, 0, count), end = position(statistic.high, 100, count);
  switch (statistic.measure) {
    case Measure::percentile:
      if (end <= 0) return tally.minimum;
      if (end >= count) return tally.maximum;
      return value_before(sorted, end);
    case Measure::trimmed_count: return end - start;
    case Measure::trimmed_sum: return sum_between(sorted, start, end);
    case Measure::trimmed_mean: return sum_between(sorted, start, end) / (end - start);
    default: return winsorized_sum(sorted, start, end) / count;
  }
}

}  // namespace

bool add_sample(Tally& tally, const Statistic& statistic, double value, std::size_t most_points) {
  if (!std::isfinite(value)) return false;
  tally.minimum = tally.count == 0 ? value : std::min(tally.minimum, value);
  tally.maximum = tally.count == 0 ? value : std::max(tally.maximum, value);
  ++tally.count;
  tally.sum += value;
  if (statistic.ranked()) {
    most_points = std::max(most_points, kLeastPoints);
    if (tally.points.size() >= most_points) make_room(tally, most_points);
    tally.points.push_back({value, 1});
  } else if (statistic.low || statistic.high) {
    if (is_inside(statistic, value)) {
      ++tally.inside;
      tally.inside_sum += value;
    }
    tally.clamped_sum += clamped(statistic, value);
  }
  return true;
}

void add_tally(Tally& to, const Tally& from) {
  if (from.count == 0) return;
  to.minimum = to.count == 0 ? from.minimum : std::min(to.minimum, from.minimum);
  to.maximum = to.count == 0 ? from.maximum : std::max(to.maximum, from.maximum);
  to.count += from.count;
  to.sum += from.sum;
  to.inside += from.inside;
  to.inside_sum += from.inside_sum;
  to.clamped_sum += from.clamped_sum;
  to.points.insert(to.points.end(), from.points.begin(), from.points.end());
  to.coarseness = std::max(to.coarseness, from.coarseness);
}

void trim_tally(Tally& tally, const Statistic& statistic, std::size_t most_points) {
  if (!statistic.ranked()) {
    tally.points.clear();
    tally.coarseness = 0;
  } else if (tally.points.size() > std::max(most_points, kLeastPoints)) {
    make_room(tally, std::max(most_points, kLeastPoints));
  }
  if (statistic.ranked() || (!statistic.low && !statistic.high)) {
    tally.inside = 0;
    tally.inside_sum = tally.clamped_sum = 0;
  }
}

std::optional<double> value_of(const Statistic& statistic, const Tally& tally) {
  if (tally.count == 0) return std::nullopt;
  if (statistic.ranked()) return ranked_value(statistic, tally);
  double count = static_cast<double>(tally.count), inside = static_cast<double>(tally.inside);
  switch (statistic.measure) {
    case Measure::average: return tally.sum / count;
    case Measure::minimum: return tally.minimum;
    case Measure::maximum: return tally.maximum;
    case Measure::sum: return tally.sum;
    case Measure::sample_count: return count;
    case Measure::percentile_rank: return 100 * inside / count;
    case Measure::trimmed_count: return inside;
    case Measure::trimmed_sum: return tally.inside_sum;
    case Measure::trimmed_mean:
      if (tally.inside == 0) return std::nullopt;
      return tally.inside_sum / inside;
    case Measure::winsorized_mean: return tally.clamped_sum / count;
    case Measure::percentile: break;  // always ranked
  }
  return std::nullopt;
}

std::optional<double> value_of(const Statistic& statistic, std::span<const double> samples) {
  Tally tally;
  for (double sample : samples) add_sample(tally, statistic, sample, std::numeric_limits<std::size_t>::max());
  return value_of(statistic, tally);
}

}  // namespace vedette
