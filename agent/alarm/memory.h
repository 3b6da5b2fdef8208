#pragma once
// What an alarm's owner has to remember of it beside its state; kept in a store as bytes.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace vedette {

struct AlarmMemory {
  std::string watched;          // what the window holds numbers of, in its owner's words
  WallTime born{};              // since when there could be results
  bool judged = false;          // its state is a verdict
  std::optional<double> value;  // when the state began
  std::string reason;           // likewise
  std::string window;           // to_bytes(SavedWindow); empty: none

  bool operator==(const AlarmMemory&) const = default;
};

std::string to_bytes(const AlarmMemory& memory);
/// What is no such bytes is an error.
Result<AlarmMemory> memory_from_bytes(std::string_view bytes);

}  // namespace vedette
