#pragma once
// The agent's own numbers. A folder that has some offers a function that appends families; it knows nothing of pages.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/labels.h"

namespace vedette {

struct OwnPoint {
  Labels labels;
  double value = 0;  // counter or gauge; of a histogram: the sum
  std::vector<std::pair<double, std::uint64_t>>
      buckets;  // histogram: upper bound, count up to it (cumulative), +Inf last
};

struct OwnFamily {
  enum class Type { gauge, counter, histogram };
  std::string name;  // counters end in _total
  std::string help;
  Type type = Type::gauge;
  std::vector<OwnPoint> points;
};

/// Appends to the list. Called on any thread, at every scrape.
using OwnSource = std::function<void(std::vector<OwnFamily>&)>;

/// A counter that one or more threads raise and any thread reads.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A histogram of seconds that threads feed and any thread reads.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void observe(double seconds);
  OwnPoint point(Labels labels) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<std::int64_t> sum_ns_{0};
};

}  // namespace vedette
