#include "alarm/draft.h"
#include "alarm/options.h"

namespace vedette {
namespace {

constexpr double kUsualObjective = 0.99;

/// As a ratio. A number of 1 or less is a ratio by mistake, for no service promises to be up for a day in a year.
std::optional<double> read_objective(const Node& node) {
  const auto objective = node.kind() == Node::Kind::scalar ? parse_percent(node.text()) : std::nullopt;
  if (objective && *objective > 0.01 && *objective < 1) return objective;
  node.reject("must be a percentage such as 99.9: more than 1 and less than 100");
  return std::nullopt;
}

std::optional<Duration> read_latency(const Node& node) {
  const Duration latency = node.duration(Duration::zero());
  if (latency > Duration::zero()) return latency;
  node.reject("must be a duration of more than 0s");
  return std::nullopt;
}

}  // namespace

ObjectiveReader::ObjectiveReader(const Node& defaults) : defaults_(over(defaults, {})) {}

ObjectiveReader::Wanted ObjectiveReader::over(const Node& node, Wanted before) {
  if (!given(node)) return before;
  if (is_off(node)) return {};
  const Node availability = node.at("availability"), latency = node.at("latency");
  if (given(availability)) before.availability = is_off(availability) ? std::nullopt : read_objective(availability);
  if (given(latency)) {
    before.latency.reset();
    before.latency_objective.reset();
    if (latency.kind() == Node::Kind::map) {
      before.latency = read_latency(latency.at("below"));
      const Node objective = latency.at("objective");
      if (given(objective)) before.latency_objective = read_objective(objective);
      latency.finish();
    } else if (!is_off(latency)) {
      before.latency = read_latency(latency);
    }
  }
  node.finish();
  return before;
}

std::vector<ObjectiveSpec> ObjectiveReader::read(const Node& own) const {
  const Wanted wanted = over(own, defaults_);
  std::vector<ObjectiveSpec> objectives;
  if (wanted.availability) objectives.push_back({"availability", *wanted.availability, {}});
  if (wanted.latency) {
    const double usual = wanted.availability.value_or(kUsualObjective);
    objectives.push_back({"latency", wanted.latency_objective.value_or(usual), *wanted.latency});
  }
  return objectives;
}

}  // namespace vedette
