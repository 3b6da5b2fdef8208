#pragma once
// What the server says of itself: requests by path and code, in flight, durations. Any thread.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/time.h"
#include "model/own.h"

namespace vedette {

class WebMetrics {
 public:
  /// Only these paths become labels: whatever else is asked for counts as `other`, so that nobody can make series grow.
  explicit WebMetrics(std::vector<std::string> paths);

  /// A path's place; `other` for one that is not known.
  std::size_t place(std::string_view path) const;
  std::size_t other() const { return paths_.size() - 1; }

  void begin() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  void end() { in_flight_.fetch_sub(1, std::memory_order_relaxed); }
  void count(std::size_t place, int code) const;
  void observe(std::size_t place, Duration took) const { durations_[place]->observe(to_seconds(took)); }

  void append_to(std::vector<OwnFamily>& families) const;

 private:
  std::vector<std::string> paths_;
  std::vector<std::unique_ptr<Histogram>> durations_;
  std::atomic<int> in_flight_{0};
  mutable Guarded<std::map<std::pair<std::size_t, int>, std::uint64_t>> requests_;
};

}  // namespace vedette
