#include "alarm/threshold.h"

#include <cmath>
#include <limits>

#include "alarm/draft.h"
#include "base/text.h"

namespace vedette {
namespace {

constexpr double kMost = std::numeric_limits<double>::max();

std::optional<double> read_number(const Node& node, double least, double most) {
  // No threshold is that far out, so it says that there was a problem.
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const double value = node.number(least, most, kNone);
  return value == kNone ? std::nullopt : std::optional(value);
}

std::optional<double> read_duration(const Node& node) {
  const Duration duration = node.duration(Duration::max());
  if (duration == Duration::max()) return std::nullopt;
  return to_seconds(duration);
}

std::optional<double> read_percent(const Node& node, std::string_view text) {
  const auto ratio = parse_percent(text);
  if (ratio && *ratio <= 1) return ratio;
  node.reject("must be a percentage between 0% and 100%");
  return std::nullopt;
}

std::optional<double> read_ratio(const Node& node) {
  const std::string text = node.text();
  if (text.ends_with('%')) return read_percent(node, text);
  const auto ratio = read_number(node, -kMost, kMost);
  if (ratio && *ratio >= 0 && *ratio <= 1) return ratio;
  node.reject("must be a ratio between 0 and 1 such as 0.05, or a percentage such as 5%");
  return std::nullopt;
}

std::optional<double> read_rank(const Node& node) {
  const std::string text = node.text();
  if (!text.ends_with('%')) return read_number(node, 0, 100);
  const auto ratio = read_percent(node, text);
  if (!ratio) return std::nullopt;
  return std::round(*ratio * 1e12) / 1e10;  // 57% is 57, and not what 0.57 times 100 is
}

}  // namespace

Unit unit_of(AlarmKind kind, const Statistic& statistic, std::string_view metric) {
  switch (statistic.measure) {
    case Measure::sample_count:
    case Measure::trimmed_count: return Unit::count;
    case Measure::percentile_rank: return Unit::rank;
    default: break;
  }
  const bool sum = statistic.measure == Measure::sum || statistic.measure == Measure::trimmed_sum;
  switch (kind) {
    case AlarmKind::unavailable:
    case AlarmKind::status_class: return sum ? Unit::count : Unit::ratio;
    case AlarmKind::slow:
    case AlarmKind::certificate_expiring: return Unit::time;
    case AlarmKind::reading: break;
  }
  return metric.ends_with("_seconds") ? Unit::any_time : Unit::number;
}

std::optional<double> read_threshold(const Node& node, Unit unit) {
  if (node.kind() != Node::Kind::scalar) {
    node.reject("must be a single value");
    return std::nullopt;
  }
  switch (unit) {
    case Unit::ratio: return read_ratio(node);
    case Unit::time: return read_duration(node);
    case Unit::any_time: {
      const std::string text = node.text();
      const bool plain = text.find_first_not_of("+-.0123456789eE_") == std::string::npos;
      return plain ? read_number(node, -kMost, kMost) : read_duration(node);
    }
    case Unit::number: return read_number(node, -kMost, kMost);
    case Unit::count: return read_number(node, 0, kMost);
    case Unit::rank: return read_rank(node);
  }
  return std::nullopt;
}

}  // namespace vedette
