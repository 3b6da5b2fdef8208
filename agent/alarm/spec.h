#pragma once
// Alarms and objectives of targets as configured and checked. Plain values; options.h reads them.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarm/evaluate.h"
#include "alarm/expression.h"
#include "alarm/statistic.h"
#include "alarm/window.h"
#include "base/time.h"
#include "model/labels.h"
#include "model/probe_result.h"

namespace vedette {

/// What people read, and whether they are told at all.
struct AlarmText {
  std::string severity = "warning";
  std::string summary, description, runbook;  // empty: what is said when nothing is configured
  bool notify = true;                         // post it to the alertmanagers
};

/// Which number of a result is watched.
enum class AlarmKind {
  unavailable,           // 1 when the target is up, 0 when it is down
  slow,                  // seconds a run took, of runs that found the target up
  certificate_expiring,  // seconds until the first certificate of the chain expires
  status_class,          // 1 when the status is of these classes, else 0; of runs that got a status
  reading,               // one of the prober's own numbers
};

/// One alarm. Shared by the targets that have the same.
struct AlarmSpec {
  std::string name;
  AlarmKind kind = AlarmKind::unavailable;
  Statistic statistic;
  WindowShape shape;
  Condition condition;
  bool ignore_low_samples = false;  // too few for a percentile: the state stays
  std::vector<int> classes;         // status_class: 5 for 5xx
  Shown shown = Shown::plain;       // its values, to people
  std::size_t reading = 0;          // of the prober's schema: the certificate's, the status', or the reading's place
  AlarmText text;
};

/// The number this result gives the alarm; none: it says nothing about it. Results whose failure is the agent's own
/// (Phase::agent) never say anything.
std::optional<double> sample_of(const AlarmSpec& spec, const ProbeResult& result);

/// An alarm over other alarms, which it names "target/alarm", or by their name alone if they are composite.
struct CompositeSpec {
  std::string name;
  Expression rule;
  Labels labels;
  AlarmText text;
};

/// A share of results that must be good.
struct ObjectiveSpec {
  std::string name;      // "availability": up; "latency": up and not slower than `latency`, of those that are up
  double objective = 0;  // a ratio, say 0.999
  Duration latency{};    // zero: availability
};

}  // namespace vedette
