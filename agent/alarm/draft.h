#pragma once
// One alarm as the file has it, and the same as a target needs it.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "alarm/spec.h"
#include "base/time.h"
#include "config/node.h"
#include "model/labels.h"
#include "model/metric.h"

namespace vedette {

/// An alarm, read and checked as far as nothing need be known of the target.
struct AlarmDraft {
  AlarmSpec spec;                  // without its period and the place of its reading
  std::optional<Duration> period;  // none: what suits the target's interval
  std::string metric;              // the reading that it needs; empty: none
  Labels metric_labels;
  Node node;
  bool misfit = false;  // a target that cannot have it was told of: once is enough
};

/// `name` has been checked. What is wrong goes to the node's document, and a draft comes out all the same.
AlarmDraft read_alarm(const std::string& name, const Node& node);

/// The alarm for a target of that interval and prober. No schema: nothing is known of the prober, and nothing said of
/// it.
std::shared_ptr<const AlarmSpec> fit_alarm(AlarmDraft& draft, std::string_view target, Duration interval,
                                           const std::optional<Schema>& schema);

/// "unavailable", "slow", "certificate_expiring", "status_class", "reading"
std::string_view kind_name(AlarmKind kind);

/// What people read; asks the node for these keys alone.
AlarmText read_alarm_text(const Node& node);

/// Why an alarm cannot have this name; empty: it can.
std::string broken_alarm_name(std::string_view name);

/// True of a key that says something.
bool given(const Node& node);

/// off, none, false or no, in any case: a word that takes something away.
bool is_off_word(std::string_view word);
bool is_off(const Node& node);

/// `, did you mean "web"?`, or nothing when the name is empty.
std::string did_you_mean(std::string_view name);

/// "99.9%" as the ratio that is nearest to it, 0.999; the sign may be missing. None: it is no percentage.
std::optional<double> parse_percent(std::string_view text);

}  // namespace vedette
