#pragma once
// vedette_store_*: what the store counts. Any thread.

#include <atomic>
#include <vector>

#include "model/own.h"

namespace vedette {

struct StoreNumbers {
  std::atomic<bool> up{false};
  Counter written, failed;  // attempts to write what was pending
  Counter dropped;          // transitions
  Histogram seconds{{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}};

  void append(std::vector<OwnFamily>& families, std::size_t pending) const;
};

}  // namespace vedette
