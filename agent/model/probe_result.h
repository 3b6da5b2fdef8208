#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/failure.h"
#include "model/metric.h"

namespace vedette {

/// What one run of one prober found out.
struct ProbeResult {
  std::optional<Failure> failure;  // none: the target is up
  Readings readings;               // what only this prober knows
  std::vector<Info> infos;
  WallTime at{};       // when the run began; filled in by the caller of the prober
  Duration elapsed{};  // how long it took; likewise

  bool up() const { return !failure; }
};

/// One bar of the waterfall.
struct Span {
  std::string_view phase;
  Duration start, length;  // start counts from the beginning of the run
};

/// One exchange within a run (each redirect is one), told for people.
struct Step {
  std::string title;
  std::vector<Span> spans;
  std::vector<std::pair<std::string, std::string>> facts;
};

/// A run told in full: only kept when somebody asked (`vedette probe`, `/probe?debug=true`).
struct Trace {
  Time began{};
  std::vector<Step> steps;
  std::vector<std::string> lines;
};

}  // namespace vedette
