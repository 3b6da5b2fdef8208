#pragma once
// Alarms from the text of a configuration, without probers: what a target's prober could report is made up.

#include <map>
#include <string>
#include <vector>

#include "alarm/options.h"
#include "config/config.h"
#include "support/catch.h"

namespace vedette::test {

using Texts = std::vector<std::string>;

inline constexpr Metric kPhases{"probe_lamp_phase_seconds", "time by phase"};
inline constexpr Metric kStatusCode{"probe_http_status_code", "status"};
inline constexpr Metric kBrightness{"probe_lamp_brightness", "how bright"};
inline constexpr Metric kExpiry{"probe_ssl_earliest_cert_expiry", "expiry"};
/// Of a prober that can do everything, and of one that knows no more than up and down and one number.
inline constexpr Series kLamp[] = {{&kPhases, "phase=\"spark\""},
                                   {&kPhases, "phase=\"glow\",side=\"left\""},
                                   {&kPhases, "phase=\"glow\",side=\"right\""},
                                   {&kStatusCode, ""},
                                   {&kBrightness, ""},
                                   {&kExpiry, ""}};
inline constexpr Series kPlain[] = {{&kBrightness, ""}};

inline Texts problems_of(const Loaded& loaded) {
  Texts texts;
  for (const Problem& problem : loaded.problems()) texts.push_back(problem.text());
  return texts;
}

/// A file, read as make_plan reads it. Targets labelled `prober: plain` have the poor prober, and those with
/// `prober: unknown` one of which nothing is known.
struct AlarmFile {
  explicit AlarmFile(const std::string& text) : loaded(load_config_text("v.yml", text)) {
    const Config& config = loaded.config;
    AlarmReader alarms(config.alarm_sets, config.default_alarm);
    const ObjectiveReader slo(config.default_slo);
    KnownAlarms known;
    for (const TargetConfig& target : config.targets) {
      const std::string& name = target.target.name;
      specs[name] = alarms.read(name, target.alarm, target.interval, schema_of(target.target.labels));
      objectives[name] = slo.read(target.slo);
      for (const auto& spec : specs[name]) known.names.push_back(name + "/" + spec->name);
    }
    known.complete = alarms.complete();
    composites = read_composites(config.composite_alarms, known);
    problems = problems_of(loaded);
  }

  static std::optional<Schema> schema_of(const Labels& labels) {
    const std::string prober = labels.empty() ? "" : labels.front().second;
    if (prober == "unknown") return std::nullopt;
    return prober == "plain" ? Schema(kPlain) : Schema(kLamp);
  }

  Texts names_of(const std::string& target) const {
    Texts names;
    for (const auto& spec : specs.at(target)) names.push_back(spec->name);
    return names;
  }

  Loaded loaded;
  std::map<std::string, AlarmSpecs> specs;
  std::map<std::string, std::vector<ObjectiveSpec>> objectives;
  std::vector<CompositeSpec> composites;
  Texts problems;
};

/// Of the target "a", whose interval is 15 s, the only alarm; it must be good.
inline AlarmSpec alarm_of(const std::string& alarm) {
  const AlarmFile file("targets: [{name: a, url: a, interval: 15s, alarm: {" + alarm + "}}]\n");
  INFO(alarm);
  CHECK(file.problems == Texts{});
  REQUIRE(file.specs.at("a").size() == 1);
  return *file.specs.at("a").front();
}

/// The problems of such an alarm, without what is the same everywhere.
inline Texts problems_of_alarm(const std::string& alarm) {
  const std::string start = "v.yml:1: targets[0].alarm.";
  Texts texts = AlarmFile("targets: [{name: a, url: a, interval: 15s, alarm: {" + alarm + "}}]\n").problems;
  for (std::string& text : texts) {
    if (text.starts_with(start)) text.erase(0, start.size());
  }
  return texts;
}

}  // namespace vedette::test
