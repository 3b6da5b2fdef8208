#pragma once
// The alarms' past, as it is asked for and as it is shown.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/alarm.h"

namespace vedette {

/// Which rows are wanted; what is empty or zero matters not.
struct TransitionQuery {
  std::string agent, target, alarm;
  Labels labels;                    // all of these
  std::optional<AlarmState> state;  // the one that began
  WallTime since{}, until{};        // from, and before
  std::size_t limit = 100;
  std::string after;  // TransitionPage::next of the page before
};

struct StoredTransition {
  std::string agent;
  Transition transition;

  bool operator==(const StoredTransition&) const = default;
};

struct TransitionPage {
  std::vector<StoredTransition> rows;  // newest first
  std::string next;                    // empty: that was all
};

}  // namespace vedette
