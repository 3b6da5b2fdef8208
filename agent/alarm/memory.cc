#include "alarm/memory.h"

#include "alarm/bytes.h"

namespace vedette {

namespace {

constexpr char kVersion = 1;
constexpr Duration kFarthest =
    std::chrono::hours(24 * 365 * 200);  // from 1970: what lies beyond could not be reckoned with

}  // namespace

std::string to_bytes(const AlarmMemory& memory) {
  std::string bytes(1, kVersion);
  ByteWriter writer(bytes);
  writer.text(memory.watched);
  writer.number(static_cast<std::int64_t>(memory.born.time_since_epoch().count()));
  writer.number(static_cast<std::uint64_t>(memory.judged));
  writer.number(static_cast<std::uint64_t>(memory.value.has_value()));
  writer.number(memory.value.value_or(0));
  writer.text(memory.reason);
  writer.text(memory.window);
  return bytes;
}

Result<AlarmMemory> memory_from_bytes(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) return Error{"what was saved of the alarm is of another version"};
  ByteReader reader(bytes.substr(1));
  AlarmMemory memory;
  memory.watched = reader.text();
  memory.born = WallTime(Duration(reader.integer()));
  memory.judged = reader.number() != 0;
  bool has_value = reader.number() != 0;
  double value = reader.real();
  if (has_value) memory.value = value;
  memory.reason = reader.text();
  memory.window = reader.text();
  bool near = memory.born.time_since_epoch() > -kFarthest && memory.born.time_since_epoch() < kFarthest;
  if (!reader.good || !reader.at_end() || !near) return Error{"what was saved of the alarm is damaged"};
  return memory;
}

}  // namespace vedette
