#include "command/alarms_words.h"

#include <CLI/CLI.hpp>
#include <map>

#include "command/alarm_query.h"

namespace vedette {

void add_alarms_options(CLI::App& list, AlarmsWords& words) {
  AlarmsOptions& alarms = words.alarms;
  const std::map<std::string, std::pair<std::string, std::string>> told{
      {"target", {"NAME", "Only of this target"}},
      {"alarm", {"NAME", "Only of this alarm"}},
      {"agent", {"NAME", "Only of this agent, where several share a database"}},
      {"state", {"STATE", "Only where this state began: ok, alarm or insufficient_data"}},
      {"since", {"TIME", "From this time on: 2026-11-20T10:00:00Z, or how long ago, as 2h"}},
      {"until", {"TIME", "Before this time"}},
      {"limit", {"COUNT", "Most rows, the newest first (default 100); 0 means all"}}};
  auto* config =
      list.add_option("--config,-c,--config.file", alarms.config_file, "Whose store to read (default: vedette.yml)");
  config->type_name("FILE");
  list.add_option("--store", alarms.store, "A store by its URL instead")->type_name("URL")->excludes(config);
  for (auto& [word, value] : words.filters) {
    const auto& [type, help] = told.at(word);
    list.add_option("--" + word, value, help)->type_name(type);
  }
  list.add_option("--label", words.labels, "Only with this label, repeatable")->type_name("NAME=VALUE")->take_all();
  list.add_option("--format", words.format, "table, json or csv")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json", "csv"}).description(""));
}

Result<AlarmsOptions> finish_alarms(AlarmsWords words) {
  AlarmsOptions& alarms = words.alarms;
  const WallTime at = wall_now();
  const auto read = [&](const std::string& word, const std::string& value) -> Result<void> {
    auto done = read_alarm_word(word, value, at, alarms.query);
    return done ? done : Error{"--" + word + " " + done.error().message};
  };
  for (const auto& [word, value] : words.filters) {
    if (value.empty()) continue;
    if (auto done = read(word, value); !done) return done.error();
  }
  for (const std::string& label : words.labels) {
    if (auto done = read("label", label); !done) return done.error();
  }
  if (words.format == "json") alarms.format = AlarmsOptions::Format::json;
  if (words.format == "csv") alarms.format = AlarmsOptions::Format::csv;
  if (alarms.config_file.empty() && alarms.store.empty()) alarms.config_file = "vedette.yml";
  return std::move(alarms);
}

}  // namespace vedette
