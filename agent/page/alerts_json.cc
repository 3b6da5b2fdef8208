#include "page/alerts_json.h"

#include <nlohmann/json.hpp>

namespace vedette {

using Json = nlohmann::ordered_json;

static Json labels_json(const Labels& labels) {
  Json json = Json::object();
  for (const auto& [name, value] : labels) json[name] = value;
  return json;
}

std::string alerts_json(const std::vector<Alert>& alerts) {
  Json json = Json::array();
  for (const Alert& alert : alerts) {
    Json one{{"labels", labels_json(alert.labels)}, {"annotations", labels_json(alert.annotations)}};
    one["startsAt"] = format_utc(alert.starts);
    if (alert.ends != WallTime{}) one["endsAt"] = format_utc(alert.ends);
    if (!alert.link.empty()) one["generatorURL"] = alert.link;
    json.push_back(std::move(one));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vedette
