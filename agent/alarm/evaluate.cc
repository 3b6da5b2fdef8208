#include "alarm/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace vedette {
namespace {

struct ComparisonWords {
  Comparison comparison;
  std::string_view ours, theirs, sign, people;
};
constexpr std::array<ComparisonWords, 4> kComparisons = {{
    {Comparison::above, "above", "GreaterThanThreshold", ">", "above"},
    {Comparison::at_least, "at_least", "GreaterThanOrEqualToThreshold", ">=", "at or above"},
    {Comparison::below, "below", "LessThanThreshold", "<", "below"},
    {Comparison::at_most, "at_most", "LessThanOrEqualToThreshold", "<=", "at or below"},
}};
const ComparisonWords& words_of(Comparison comparison) { return kComparisons[static_cast<std::size_t>(comparison)]; }

struct MissingWords {
  MissingData missing;
  std::string_view ours, theirs;
};
constexpr std::array<MissingWords, 4> kMissing = {{
    {MissingData::missing, "missing", "missing"},
    {MissingData::ignore, "ignore", "ignore"},
    {MissingData::breaching, "breaching", "breaching"},
    {MissingData::not_breaching, "not_breaching", "notBreaching"},
}};

bool is_real(const Datapoint& point) { return point.value && !std::isnan(*point.value); }

std::span<const Datapoint> in_range(const Condition& condition, std::span<const Datapoint> window) {
  return window.last(std::min(window.size(), static_cast<std::size_t>(condition.range)));
}

// The real ones in the range; of the newest N of them, how many breach; how many periods ago the oldest of all was (the
// newest period is 1).
struct Reals {
  int count = 0, breaching = 0, oldest_age = 0;
};

Reals count_real(const Condition& condition, std::span<const Datapoint> window) {
  Reals reals;
  int age = 0;
  for (auto point = window.rbegin(); point != window.rend(); ++point) {
    ++age;
    if (!is_real(*point)) continue;
    ++reals.count;
    reals.oldest_age = age;
    if (reals.count <= condition.datapoints.n && breaches(condition, *point->value)) ++reals.breaching;
  }
  return reals;
}

AlarmState alarm_if(bool alarm) { return alarm ? AlarmState::alarm : AlarmState::ok; }

// Fewer than N real ones, and the missing are neither good nor bad.
void judge_without_filling(const Condition& condition, int oldest_age, AlarmState previous, Verdict& verdict) {
  int m = condition.datapoints.m;
  auto conclude = [&](AlarmState state, Because because) {
    verdict.state = state;
    verdict.because = because;
  };
  if (verdict.breaching >= m) return conclude(AlarmState::alarm, Because::breaching);
  if (verdict.breaching < verdict.real) return conclude(AlarmState::ok, Because::present);
  if (condition.missing == MissingData::ignore) return conclude(previous, Because::kept);
  if (verdict.real == 0) return conclude(AlarmState::insufficient_data, Because::none);
  if (oldest_age >= m) return conclude(AlarmState::alarm, Because::old);
  conclude(AlarmState::insufficient_data, Because::too_few);
}

/// To about four digits: nobody reads more.
std::string duration_text(double value) {
  struct Grain {
    double from, step;
  };
  constexpr std::array<Grain, 6> kGrains = {
      {{86400, 3600}, {3600, 60}, {60, 1}, {1, 0.001}, {0.01, 0.0001}, {0, 1e-6}}};
  const double size = std::abs(value);
  if (size > 1e9) return fmt::format("{}s", value);  // beyond thirty years: no duration that anybody configured
  const auto grain = std::find_if(kGrains.begin(), kGrains.end(), [&](const Grain& g) { return size >= g.from; });
  const std::string text = format_duration(from_seconds(std::round(size / grain->step) * grain->step));
  return value < 0 ? "-" + text : text;
}

std::string number_text(double value, Shown shown) {
  return shown == Shown::as_duration ? duration_text(value) : fmt::format("{}", value);
}

std::string listed(const std::vector<Datapoint>& points, Shown shown) {
  constexpr std::size_t kMost = 5;
  std::string text = points.size() > kMost ? "..., " : "";
  for (std::size_t i = points.size() > kMost ? points.size() - kMost : 0; i < points.size(); ++i) {
    text += number_text(*points[i].value, shown) + (i + 1 < points.size() ? ", " : "");
  }
  return text;
}

std::string counted(const Condition& condition, std::span<const Datapoint> window, const Verdict& verdict,
                    Shown shown) {
  if (verdict.real == 0) return fmt::format("no datapoint in the last {} periods", condition.range);
  return fmt::format("{} of {} datapoints {} {} ({})", verdict.breaching, verdict.real,
                     words_of(condition.comparison).people, number_text(condition.threshold, shown),
                     listed(deciding(condition, window), shown));
}

}  // namespace

Result<Comparison> parse_comparison(std::string_view text) {
  for (const auto& words : kComparisons) {
    if (text == words.ours || text == words.theirs || text == words.sign) return words.comparison;
  }
  return Error{
      fmt::format("comparison {}: allowed are above, at_least, below, at_most, their signs > >= < <= and CloudWatch's "
                  "GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold, LessThanOrEqualToThreshold",
                  in_quotes(text))};
}

std::string_view comparison_name(Comparison comparison) { return words_of(comparison).ours; }

Result<MissingData> parse_missing_data(std::string_view text) {
  for (const auto& words : kMissing) {
    if (text == words.ours || text == words.theirs) return words.missing;
  }
  return Error{fmt::format("missing data {}: allowed are missing, ignore, breaching, notBreaching", in_quotes(text))};
}

std::string_view missing_data_name(MissingData missing) { return kMissing[static_cast<std::size_t>(missing)].ours; }

Result<MOfN> parse_m_of_n(std::string_view text) {
  std::string_view rest = trim(text);
  std::size_t space = rest.find(' ');
  auto m = parse_int<int>(rest.substr(0, space));
  auto n = m;
  if (space != std::string_view::npos) {
    rest = trim(rest.substr(space));
    n = rest.starts_with("of ") ? parse_int<int>(trim(rest.substr(3))) : std::nullopt;
  }
  if (!m || !n) return Error{fmt::format("datapoints {}: write M of N, as in \"2 of 3\"", in_quotes(text))};
  if (*m < 1 || *m > *n) {
    return Error{fmt::format("datapoints {}: M is at least 1 and at most N", in_quotes(text))};
  }
  return MOfN{*m, *n};
}

int evaluation_range(int n) { return n + 2; }

Result<void> check_condition(const Condition& condition) {
  auto [m, n] = condition.datapoints;
  if (m < 1 || m > n) return Error{fmt::format("datapoints {} of {}: M is at least 1 and at most N", m, n)};
  if (condition.range < n) {
    return Error{fmt::format("evaluation range {} is shorter than the {} evaluation periods", condition.range, n)};
  }
  if (!std::isfinite(condition.threshold)) return Error{"threshold: not a number"};
  return {};
}

bool breaches(const Condition& condition, double value) {
  switch (condition.comparison) {
    case Comparison::above: return value > condition.threshold;
    case Comparison::at_least: return value >= condition.threshold;
    case Comparison::below: return value < condition.threshold;
    case Comparison::at_most: return value <= condition.threshold;
  }
  return false;
}

Verdict evaluate(const Condition& condition, std::span<const Datapoint> window, AlarmState previous) {
  auto [m, n] = condition.datapoints;
  Reals reals = count_real(condition, in_range(condition, window));
  Verdict verdict;
  verdict.real = std::min(reals.count, n);
  verdict.breaching = reals.breaching;
  if (reals.count >= n) {
    verdict.because = Because::real;
    verdict.state = alarm_if(verdict.breaching >= m);
    return verdict;
  }
  if (condition.missing == MissingData::missing || condition.missing == MissingData::ignore) {
    judge_without_filling(condition, reals.oldest_age, previous, verdict);
    return verdict;
  }
  verdict.because = Because::filled;
  verdict.filled = n - verdict.real;
  int bad = verdict.breaching + (condition.missing == MissingData::breaching ? verdict.filled : 0);
  verdict.state = alarm_if(bad >= m);
  return verdict;
}

std::vector<Datapoint> deciding(const Condition& condition, std::span<const Datapoint> window) {
  std::vector<Datapoint> points;
  for (const Datapoint& point : in_range(condition, window)) {
    if (is_real(point)) points.push_back(point);
  }
  auto n = static_cast<std::ptrdiff_t>(condition.datapoints.n);
  if (std::ssize(points) > n) points.erase(points.begin(), points.end() - n);
  return points;
}

std::string explain(const Condition& condition, std::span<const Datapoint> window, const Verdict& verdict,
                    Shown shown) {
  std::string text = counted(condition, window, verdict, shown);
  int m = condition.datapoints.m;
  switch (verdict.because) {
    case Because::filled:
      return text + fmt::format(", {} missing count as {}breaching, {} needed", verdict.filled,
                                condition.missing == MissingData::breaching ? "" : "not ", m);
    case Because::real:
    case Because::breaching:
    case Because::present:
    case Because::too_few: return text + fmt::format(", {} needed", m);
    case Because::old: return text + fmt::format(", the oldest at least {} periods ago and none better since", m);
    case Because::kept: return text + ", too few to tell and missing data is ignored: the state stays";
    case Because::none: break;
  }
  return text;
}

}  // namespace vedette
