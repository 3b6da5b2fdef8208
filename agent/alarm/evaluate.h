#pragma once
// An alarm's state from its datapoints, as CloudWatch evaluates it. Pure: the same window and the same previous state
// always give the same verdict.
//
// CloudWatch looks at more periods than the N it evaluates, so that gaps need not be filled while there are N real
// datapoints among them. With fewer, missing ones are filled in as the condition says, as few as possible. An alarm
// that treats missing data as `missing` goes off when all datapoints there are breach and the oldest of them is M or
// more periods old, however few they are: waiting any longer could not help it.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/alarm.h"

namespace vedette {

/// When a value breaches the threshold.
enum class Comparison { above, at_least, below, at_most };
/// Our word, CloudWatch's (`GreaterThanThreshold`) or the sign (`>`).
Result<Comparison> parse_comparison(std::string_view text);
/// "above", "at_least", "below", "at_most"
std::string_view comparison_name(Comparison comparison);

enum class MissingData { missing, ignore, breaching, not_breaching };
/// CloudWatch's words, and `not_breaching`.
Result<MissingData> parse_missing_data(std::string_view text);
std::string_view missing_data_name(MissingData missing);

/// "2 of 3", or "3" for 3 of 3.
struct MOfN {
  int m = 1, n = 1;
  bool operator==(const MOfN&) const = default;
};
Result<MOfN> parse_m_of_n(std::string_view text);

/// How many periods are looked at when N are evaluated. CloudWatch tells no number; in all its examples, and in what
/// its users observe at N=1, it is N + 2.
int evaluation_range(int n);

struct Condition {
  Comparison comparison = Comparison::above;
  double threshold = 0;
  MOfN datapoints;
  MissingData missing = MissingData::missing;
  int range = 3;  // evaluation_range(n)
};
/// Of a condition that makes sense: 1 <= M <= N <= range, a threshold that is a number.
Result<void> check_condition(const Condition& condition);
bool breaches(const Condition& condition, double value);

/// One period's value; none: missing.
struct Datapoint {
  WallTime start{};
  std::optional<double> value;
  bool operator==(const Datapoint&) const = default;
};

/// Which rule decided.
enum class Because {
  real,       // N real datapoints
  filled,     // missing ones counted as breaching or as not breaching
  breaching,  // fewer than N, but M of them breach
  present,    // fewer than N, one of them does not breach, and M do not
  old,        // fewer than M, all breaching, the oldest at least M periods old
  too_few,    // fewer than M, all breaching, too recent to tell
  none,       // no datapoint at all
  kept,       // any of the last three, but missing data is ignored: the state stays
};

struct Verdict {
  AlarmState state = AlarmState::insufficient_data;
  Because because = Because::none;
  int real = 0;       // datapoints that decided
  int breaching = 0;  // of these
  int filled = 0;     // missing ones that counted
};

/// `window` is one datapoint a period without a gap, newest last; only the last `range` matter. Before the first
/// evaluation the state is insufficient_data. It allocates nothing.
Verdict evaluate(const Condition& condition, std::span<const Datapoint> window, AlarmState previous);

/// The datapoints a verdict on this window is made of: the newest N that are real, newest last.
std::vector<Datapoint> deciding(const Condition& condition, std::span<const Datapoint> window);

/// How a number reads: as it is, or, of seconds, as "280ms" or "10d".
enum class Shown { plain, as_duration };

/// The verdict on this window as one sentence for people: "2 of 3 datapoints above 280ms (300ms, 200ms, 310ms), 2
/// needed".
std::string explain(const Condition& condition, std::span<const Datapoint> window, const Verdict& verdict,
                    Shown shown = Shown::plain);

}  // namespace vedette
