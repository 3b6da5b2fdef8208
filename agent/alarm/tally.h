#pragma once
// What has to be kept of a stretch of time so that one statistic of it can be told, and how much that may be. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "alarm/statistic.h"

namespace vedette {

/// Samples of one value, or of nearly one: then `value` is their mean.
struct Point {
  double value = 0;
  std::uint64_t count = 0;
  bool operator==(const Point&) const = default;
};

/// A plain value: saved and loaded as it is. Count, sum, smallest and largest are always exact, and so are all
/// statistics that need no order (Average, PR(:0.28), TM(150:1000) ...), however many samples there are.
struct Tally {
  std::uint64_t count = 0;
  double sum = 0, minimum = 0, maximum = 0;
  std::uint64_t inside = 0;                // of statistics with values as bounds: how many lie between them,
  double inside_sum = 0, clamped_sum = 0;  // their sum, and the sum when the others are moved to the bounds
  std::vector<Point> points;               // of ranked statistics only, in no order
  std::uint32_t coarseness = 0;            // 0: every value is exact; k: values that differ by up to 2^(k-1) % are one
  bool operator==(const Tally&) const = default;
};

/// Never keeps more than `most_points` points (at least 16): equal values share one, and when that is not enough,
/// values that differ by less than 1 % do, then 2 %, 4 % and so on. A value that is not finite is no sample: false.
bool add_sample(Tally& tally, const Statistic& statistic, double value, std::size_t most_points);

/// Of two stretches of time one. Nothing is made coarser.
void add_tally(Tally& to, const Tally& from);

/// Leaves out what the statistic does not need, and makes the rest fit as add_sample() would.
void trim_tally(Tally& tally, const Statistic& statistic, std::size_t most_points);

/// What the statistic says; none without samples, and for a mean of those between two values when there are none.
std::optional<double> value_of(const Statistic& statistic, const Tally& tally);

/// The exact value over these samples.
std::optional<double> value_of(const Statistic& statistic, std::span<const double> samples);

}  // namespace vedette
