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

// The real ones among the last `range`, newest last, and how many periods ago the oldest was (the newest period is 1).
struct Reals {
  std::vector<Datapoint> points;
  int oldest_age = 0;
};

Reals real_points(const Condition& condition, std::span<const Datapoint> window) {
  window = window.last(std::min(window.size(), static_cast<std::size_t>(condition.range)));
  Reals reals;
  for (std::size_t i = 0; i < window.size(); ++i) {
    if (!is_real(window[i])) continue;
    if (reals.points.empty()) reals.oldest_age = static_cast<int>(window.size() - i);
    reals.points.push_back(window[i]);
  }
  return reals;
}

int count_breaching(const Condition& condition, const std::vector<Datapoint>& points) {
  return static_cast<int>(
      std::count_if(points.begin(), points.end(), [&](const Datapoint& p) { return breaches(condition, *p.value); }));
}

AlarmState alarm_if(bool alarm) { return alarm ? AlarmState::alarm : AlarmState::ok; }

// Fewer than N real ones, and the missing are neither good nor bad.
void judge_without_filling(const Condition& condition, int oldest_age, AlarmState previous, Verdict& verdict) {
  int real = static_cast<int>(verdict.decided.size()), m = condition.datapoints.m;
  auto conclude = [&](AlarmState state, Because because) {
    verdict.state = state;
    verdict.because = because;
  };
  if (verdict.breaching >= m) return conclude(AlarmState::alarm, Because::breaching);
  if (verdict.breaching < real) return conclude(AlarmState::ok, Because::present);
  if (condition.missing == MissingData::ignore) return conclude(previous, Because::kept);
  if (real == 0) return conclude(AlarmState::insufficient_data, Because::none);
  if (oldest_age >= m) return conclude(AlarmState::alarm, Because::old);
  conclude(AlarmState::insufficient_data, Because::too_few);
}

std::string listed(const std::vector<Datapoint>& points) {
  constexpr std::size_t kMost = 5;
  std::string text = points.size() > kMost ? "..., " : "";
  for (std::size_t i = points.size() > kMost ? points.size() - kMost : 0; i < points.size(); ++i) {
    text += fmt::format("{}{}", *points[i].value, i + 1 < points.size() ? ", " : "");
  }
  return text;
}

std::string counted(const Condition& condition, const Verdict& verdict) {
  if (verdict.decided.empty()) return fmt::format("no datapoint in the last {} periods", condition.range);
  return fmt::format("{} of {} datapoints {} {} ({})", verdict.breaching, verdict.decided.size(),
                     words_of(condition.comparison).people, condition.threshold, listed(verdict.decided));
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
  auto [points, oldest_age] = real_points(condition, window);
  int real = static_cast<int>(points.size());
  if (real > n) points.erase(points.begin(), points.end() - n);
  Verdict verdict;
  verdict.breaching = count_breaching(condition, points);
  verdict.decided = std::move(points);
  if (real >= n) {
    verdict.because = Because::real;
    verdict.state = alarm_if(verdict.breaching >= m);
    return verdict;
  }
  if (condition.missing == MissingData::missing || condition.missing == MissingData::ignore) {
    judge_without_filling(condition, oldest_age, previous, verdict);
    return verdict;
  }
  verdict.because = Because::filled;
  verdict.filled = n - real;
  int bad = verdict.breaching + (condition.missing == MissingData::breaching ? verdict.filled : 0);
  verdict.state = alarm_if(bad >= m);
  return verdict;
}

std::string explain(const Condition& condition, const Verdict& verdict) {
  std::string text = counted(condition, verdict);
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
