#include "page/alarms_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace vedette {
namespace {

using Json = nlohmann::ordered_json;

Json number_json(const std::optional<double>& number) {
  if (!number || std::isnan(*number)) return nullptr;
  if (std::isinf(*number)) return *number > 0 ? "+Inf" : "-Inf";
  return *number;
}

Json transition_json(const StoredTransition& row) {
  const Transition& one = row.transition;
  Json labels = Json::object();
  for (const auto& [name, value] : one.labels) labels[name] = value;
  return {{"time", format_utc(one.at)},
          {"agent", row.agent},
          {"target", one.target},
          {"alarm", one.alarm},
          {"labels", std::move(labels)},
          {"from", state_name(one.before)},
          {"to", state_name(one.after)},
          {"value", number_json(one.value)},
          {"threshold", number_json(one.threshold)},
          {"reason", one.reason}};
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string alarms_json(const TransitionPage& page) {
  Json transitions = Json::array();
  for (const StoredTransition& row : page.rows) transitions.push_back(transition_json(row));
  return dump({{"status", "success"}, {"data", {{"transitions", std::move(transitions)}, {"next", page.next}}}});
}

std::string alarms_error_json(std::string_view type, std::string_view message) {
  return dump({{"status", "error"}, {"errorType", type}, {"error", message}});
}

}  // namespace vedette
