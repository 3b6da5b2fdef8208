// A saved window as bytes: a version, then numbers of eight bytes, the lowest first, and the statistic by its name.

#include "alarm/bytes.h"
#include "alarm/window.h"

namespace vedette {

namespace {

constexpr char kVersion = 1;

constexpr std::size_t kPointSize = 16, kTallySize = 9 * 8;
// What lies beyond cannot have been saved, and could not be reckoned with.
constexpr std::int64_t kFarthestStep = 1LL << 33;
constexpr std::uint64_t kCoarsest = 32;

void write_tally(ByteWriter& writer, const Tally& tally) {
  writer.number(tally.count);
  for (double value : {tally.sum, tally.minimum, tally.maximum}) writer.number(value);
  writer.number(tally.inside);
  writer.number(tally.inside_sum);
  writer.number(tally.clamped_sum);
  writer.number(static_cast<std::uint64_t>(tally.coarseness));
  writer.number(static_cast<std::uint64_t>(tally.points.size()));
  for (const Point& point : tally.points) {
    writer.number(point.value);
    writer.number(point.count);
  }
}

Tally read_tally(ByteReader& reader) {
  Tally tally;
  tally.count = reader.number();
  tally.sum = reader.real();
  tally.minimum = reader.real();
  tally.maximum = reader.real();
  tally.inside = reader.number();
  tally.inside_sum = reader.real();
  tally.clamped_sum = reader.real();
  std::uint64_t coarseness = reader.number();
  reader.good = reader.good && coarseness <= kCoarsest;
  tally.coarseness = static_cast<std::uint32_t>(coarseness);
  std::size_t points = reader.count(kPointSize);
  tally.points.reserve(points);
  for (std::size_t i = 0; i < points; ++i) {
    double value = reader.real();
    tally.points.push_back({value, reader.number()});
  }
  return tally;
}

}  // namespace

std::string to_bytes(const SavedWindow& saved) {
  std::string bytes(1, kVersion);
  ByteWriter writer(bytes);
  writer.number(static_cast<std::int64_t>(saved.step.count()));
  writer.number(static_cast<std::uint64_t>(saved.wall_clock));
  writer.text(statistic_name(saved.statistic));
  writer.number(static_cast<std::uint64_t>(saved.steps.size()));
  for (const SavedStep& step : saved.steps) {
    writer.number(step.index);
    write_tally(writer, step.tally);
  }
  return bytes;
}

Result<SavedWindow> from_bytes(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) return Error{"the saved window is of another version"};
  ByteReader reader(bytes.substr(1));
  SavedWindow saved;
  saved.step = Duration(reader.integer());
  saved.wall_clock = reader.number() != 0;
  auto statistic = parse_statistic(reader.text());
  std::size_t steps = reader.count(8 + kTallySize);
  for (std::size_t i = 0; i < steps && reader.good; ++i) {
    std::int64_t index = reader.integer();
    reader.good = reader.good && index > -kFarthestStep && index < kFarthestStep;
    saved.steps.push_back({index, read_tally(reader)});
  }
  if (!reader.good || !reader.at_end() || !statistic) return Error{"the saved window is damaged"};
  saved.statistic = *statistic;
  return saved;
}

}  // namespace vedette
