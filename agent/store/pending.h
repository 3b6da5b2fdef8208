#pragma once
// What was handed over and is not written yet. Plain data: the store keeps it behind its lock.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/alarm.h"

namespace vedette {

using AlarmKey = std::pair<std::string, std::string>;  // target, alarm

struct Pending {
  std::deque<Transition> transitions;                   // in the order they came
  std::map<AlarmKey, std::optional<SavedAlarm>> saves;  // the latest of each; none: forgotten

  bool empty() const { return transitions.empty() && saves.empty(); }
  std::size_t rows() const { return transitions.size() + saves.size(); }

  void record(Transition transition, SavedAlarm saved);
  void save(SavedAlarm saved);
  void forget(AlarmKey key);
  /// Puts what could not be written before what has come since.
  void give_back(Pending older);
  /// Drops the oldest transitions beyond that many; says how many.
  std::size_t trim(std::size_t most);
  /// What `stored` will be once all this is written.
  void overlay(std::vector<SavedAlarm>& stored) const;
};

/// The same with texts that a database takes, and without a number that is none.
Transition clean(Transition transition);
SavedAlarm clean(SavedAlarm saved);

}  // namespace vedette
