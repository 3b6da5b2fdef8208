#include "model/alarm.h"

#include <array>

namespace vedette {

namespace {
constexpr std::array<std::string_view, 3> kNames = {"ok", "alarm", "insufficient_data"};
}  // namespace

std::string_view state_name(AlarmState state) { return kNames[static_cast<std::size_t>(state)]; }

std::optional<AlarmState> parse_state(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<AlarmState>(i);
  }
  return std::nullopt;
}

}  // namespace vedette
