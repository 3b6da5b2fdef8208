#pragma once
// `alarm:` and `slo:` of a target, `alarm_sets:` and `composite_alarms:` of the file. What is wrong goes to the nodes'
// documents, and something usable comes out all the same; docs/configuration.md shows the grammar.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alarm/spec.h"
#include "base/time.h"
#include "config/node.h"
#include "model/metric.h"

namespace vedette {

using AlarmSpecs = std::vector<std::shared_ptr<const AlarmSpec>>;

/// Not for two threads at once.
class AlarmReader {
 public:
  /// Both are checked at once, also what no target uses; what depends on a target's interval and prober is checked when
  /// it does.
  AlarmReader(const Node& sets, const Node& defaults);

  /// The alarms of a target: those of `defaults` (`defaults: {alarm: …}`) and its own, which replace those of the same
  /// name or take them away. Ordered by name. Targets share what they have from sets and defaults. Without a schema the
  /// prober is not known, and nothing is said of it.
  AlarmSpecs read(std::string_view target, const Node& own, Duration interval, const std::optional<Schema>& schema);

  /// False when an alarm or a set that is used was so wrong that a target may lack alarms of which others speak.
  bool complete() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class ObjectiveReader {
 public:
  explicit ObjectiveReader(const Node& defaults);

  /// Objectives of a target; those of `defaults` count where it has none of the name. Availability first.
  std::vector<ObjectiveSpec> read(const Node& own) const;

 private:
  struct Wanted {
    std::optional<double> availability, latency_objective;
    std::optional<Duration> latency;
  };
  static Wanted over(const Node& node, Wanted before);
  Wanted defaults_;
};

/// All alarms of targets, "target/alarm".
struct KnownAlarms {
  std::vector<std::string> names;
  bool complete = true;  // false: there may be more
};

/// Unknown names and rules that lead in a circle are problems. In an order in which each follows those it names.
std::vector<CompositeSpec> read_composites(const Node& node, KnownAlarms known);

}  // namespace vedette
