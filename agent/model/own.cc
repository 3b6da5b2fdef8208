#include "model/own.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vedette {

void Histogram::observe(double seconds) {
  // A bound belongs to its bucket: le means "less or equal".
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), seconds) - bounds_.begin();
  counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(std::llround(seconds * 1e9), std::memory_order_relaxed);
}

OwnPoint Histogram::point(Labels labels) const {
  OwnPoint point;
  point.labels = std::move(labels);
  point.value = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
  point.buckets.reserve(counts_.size());
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    cumulative += counts_[i].load(std::memory_order_relaxed);
    point.buckets.emplace_back(i < bounds_.size() ? bounds_[i] : std::numeric_limits<double>::infinity(), cumulative);
  }
  return point;
}

}  // namespace vedette
