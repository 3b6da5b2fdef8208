#pragma once
// What is counted of the Alertmanagers: written on the loop's thread, read by any.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/own.h"

namespace vedette {

struct PeerNumbers {
  explicit PeerNumbers(std::string its_name) : name(std::move(its_name)) {}
  const std::string name;
  std::atomic<int> up{-1};  // -1: nobody knows yet
  std::atomic<std::uint64_t> pending{0};
  Counter ok, failed, refused;
  Histogram seconds{{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}};
};

/// Appends the families vedette_alertmanager_*; none when there are no Alertmanagers.
void append_peer_families(const std::vector<std::shared_ptr<PeerNumbers>>& peers, std::vector<OwnFamily>& families);

}  // namespace vedette
