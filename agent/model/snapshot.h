#pragma once
// What /metrics needs to know of the targets, copied out of the board in one go so that a scrape never waits for a
// probe and every target's numbers belong to one run.

#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/failure.h"
#include "model/metric.h"

namespace vedette {

/// Upper bounds of the duration histogram in seconds, ascending, without +Inf. Shared by the targets that have the
/// same.
using Buckets = std::vector<double>;

/// What does not change from run to run.
struct TargetText {
  std::string labels;  // `target="shop",module="http_2xx",team="web"`, ready to print
  Schema schema;
  std::shared_ptr<const Buckets> buckets;
  WallTime created{};  // when counting began
};

/// One target at the moment of the scrape. Numbers lie in Snapshot::numbers.
struct TargetRow {
  std::shared_ptr<const TargetText> text;
  std::shared_ptr<const std::vector<Info>> infos;  // null: none
  std::uint32_t values;                            // index in numbers of schema.size() values
  std::uint32_t counts;                            // index in numbers of buckets.size()+1 counts, not cumulative
  std::bitset<Readings::kMost> present;
  bool ran = false;  // false: nothing but the counters exists yet
  bool failed = false;
  Phase phase{};
  Reason reason{};
  double successes = 0, failures = 0, skipped = 0;
  double duration_sum = 0, last_duration = 0, timeout = 0, last_run = 0;
};

/// A family of which a target may have any number of series, or none: those of its alarms and objectives.
struct LooseFamily {
  struct Point {
    const std::string* labels;  // ready to print; kept alive by the snapshot
    std::string_view more;      // likewise, or empty
    double value;
  };
  const Metric* metric;
  bool counter = false;
  std::vector<Point> points;
};

struct Snapshot {
  std::vector<TargetRow> rows;  // ordered by target name
  std::vector<double> numbers;
  std::vector<LooseFamily> loose;
  std::vector<std::shared_ptr<const void>> keep;  // what loose points refer to
};

}  // namespace vedette
