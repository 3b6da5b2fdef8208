#include "page/probe_json.h"

#include <nlohmann/json.hpp>

namespace vedette {

using Json = nlohmann::ordered_json;

static Json steps_json(const Trace& trace) {
  Json steps = Json::array();
  for (const Step& step : trace.steps) {
    Json phases = Json::array();
    for (const Span& span : step.spans) {
      phases.push_back(
          {{"phase", span.phase}, {"start_seconds", to_seconds(span.start)}, {"seconds", to_seconds(span.length)}});
    }
    Json facts = Json::object();
    for (const auto& [name, value] : step.facts) facts[name] = value;
    steps.push_back({{"title", step.title}, {"phases", std::move(phases)}, {"facts", std::move(facts)}});
  }
  return steps;
}

static Json series_json(const ProbeResult& result) {
  Json series = Json::array();
  const Readings& readings = result.readings;
  for (std::size_t i = 0; i < readings.schema().size(); ++i) {
    if (!readings.has(i)) continue;
    series.push_back({{"name", readings.schema()[i].metric->name},
                      {"labels", readings.schema()[i].labels},
                      {"value", readings.get(i)}});
  }
  for (const Info& info : result.infos) {
    series.push_back({{"name", info.metric->name}, {"labels", info.labels}, {"value", info.value}});
  }
  return series;
}

std::string probe_json(const std::string& target, const std::string& module, const ProbeResult& result,
                       const Trace& trace) {
  Json json{{"target", target}, {"module", module}, {"up", result.up()}, {"seconds", to_seconds(result.elapsed)}};
  if (result.failure) {
    json["failure"] = {{"phase", phase_name(result.failure->phase)},
                       {"reason", reason_name(result.failure->reason)},
                       {"sentence", result.failure->sentence}};
  }
  json["steps"] = steps_json(trace);
  json["series"] = series_json(result);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vedette
