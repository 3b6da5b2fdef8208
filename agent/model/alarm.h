#pragma once
// What an alarm is to those who neither configure nor evaluate it: the store, the page, the web.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/labels.h"

namespace vedette {

/// The numbers are those of vedette_alarm_state.
enum class AlarmState { ok = 0, alarm = 1, insufficient_data = 2 };
/// "ok", "alarm", "insufficient_data"
std::string_view state_name(AlarmState state);
/// None: no such word.
std::optional<AlarmState> parse_state(std::string_view name);

/// One change of one alarm's state: a row that is never changed and never lost.
struct Transition {
  std::string target;  // empty: a composite alarm
  std::string alarm;
  Labels labels;  // severity, module, then the user's
  WallTime at{};
  AlarmState before = AlarmState::insufficient_data, after = AlarmState::ok;
  std::optional<double> value, threshold;  // in base units; a composite alarm has neither
  std::string reason;                      // a sentence

  bool operator==(const Transition&) const = default;
};

/// What an alarm has to know again after a restart.
struct SavedAlarm {
  std::string target, alarm;
  AlarmState state = AlarmState::insufficient_data;
  WallTime since{};    // when the state began
  WallTime saved{};    // the moment of which all this is true
  std::string window;  // bytes that only the alarm understands

  bool operator==(const SavedAlarm&) const = default;
};

}  // namespace vedette
