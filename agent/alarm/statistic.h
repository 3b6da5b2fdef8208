#pragma once
// What the raw results of one period are boiled down to: CloudWatch's statistics, under CloudWatch's own words. Pure.
//
// CloudWatch documents what each statistic means and leaves the arithmetic of ranks open. Here the samples of a period
// lie side by side in order of size, each as wide as the others; "10%:90%" is what lies between a tenth and nine tenths
// of that line. A sample that a bound cuts counts with the part that is inside, so a trimmed count may be a fraction,
// as CloudWatch's is. The percentile is the largest value that is left when what lies above it is ignored: always a
// value that was measured, never one between two.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette {

enum class Measure {
  average,
  minimum,
  maximum,
  sum,
  sample_count,
  percentile,
  trimmed_mean,
  trimmed_count,
  trimmed_sum,
  winsorized_mean,
  percentile_rank,
};

struct Statistic {
  Measure measure = Measure::average;
  bool shares = false;              // the bounds are percent of the samples, not values
  std::optional<double> low, high;  // none: open to that side; a percentile has a high one only

  /// Its value depends on the order of the samples, so they have to be kept.
  bool ranked() const { return shares; }
  bool operator==(const Statistic&) const = default;
};

/// `Average`, `Minimum`, `Maximum`, `Sum`, `SampleCount` and `IQM` in any case; `p99.9`, `tm99`, `tc90`, `ts90`,
/// `wm98`; `TM(10%:90%)`, `TC(:0.5)`, `TS(80%:)`, `WM(5%:95%)`, `PR(:0.28)`. The error says what is allowed.
Result<Statistic> parse_statistic(std::string_view text);

/// The same in its shortest form, which parse_statistic() reads back: "p99.9", "tm99", "IQM", "TC(0.005:0.03)".
std::string statistic_name(const Statistic& statistic);

/// How many samples a percentile needs to mean something: CloudWatch's EvaluateLowSampleCountPercentile=ignore leaves
/// an alarm as it is when there are fewer in the evaluation periods. 0 for p0, p100 and everything but percentiles.
std::uint64_t samples_needed(const Statistic& statistic);

}  // namespace vedette
