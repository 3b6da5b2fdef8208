#pragma once

#include <optional>
#include <string_view>

#include "alarm/spec.h"
#include "config/node.h"

namespace vedette {

/// What a threshold is a number of.
enum class Unit {
  ratio,     // 0.05 or 5%
  time,      // 280ms
  any_time,  // the same, or a plain number of seconds
  number,
  count,  // of samples
  rank,   // percent of samples: 95 or 95%
};

/// It depends on the statistic, too: however slow they were, SampleCount counts them.
Unit unit_of(AlarmKind kind, const Statistic& statistic, std::string_view metric);

/// In base units; none: a problem was added.
std::optional<double> read_threshold(const Node& node, Unit unit);

}  // namespace vedette
