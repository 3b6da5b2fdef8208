// `slo:` of a target and of the defaults.

#include "alarm_files.h"

namespace vedette::test {
namespace {

using namespace std::chrono_literals;

/// "availability 0.999", "latency 0.99 300ms"
Texts objectives(const std::string& slo, const std::string& defaults = "") {
  const AlarmFile file("defaults: {" + (defaults.empty() ? "" : "slo: " + defaults) + "}\ntargets: [{name: a, url: a" +
                       (slo.empty() ? "" : ", slo: " + slo) + "}]\n");
  INFO(slo);
  CHECK(file.problems == Texts{});
  Texts texts;
  for (const ObjectiveSpec& spec : file.objectives.at("a")) {
    std::string objective = std::to_string(spec.objective);
    objective.erase(objective.find_last_not_of('0') + 1);
    texts.push_back(spec.name + " " + objective +
                    (spec.latency == Duration::zero() ? "" : " " + format_duration(spec.latency)));
  }
  return texts;
}

Texts problems(const std::string& slo) {
  const std::string start = "v.yml:1: targets[0].";
  Texts texts = AlarmFile("targets: [{name: a, url: a, slo: " + slo + "}]\n").problems;
  for (std::string& text : texts) text.erase(0, start.size());
  return texts;
}

TEST_CASE("Objectives are percentages of results that are good") {
  CHECK(objectives("") == Texts{});
  CHECK(objectives("{}") == Texts{});
  CHECK(objectives("{availability: 99.9}") == Texts{"availability 0.999"});
  CHECK(objectives("{availability: 99.9%}") == Texts{"availability 0.999"});
  CHECK(objectives("{latency: 300ms}") == Texts{"latency 0.99 300ms"});
  CHECK(objectives("{latency: 300ms, availability: 99.9}") == Texts{"availability 0.999", "latency 0.999 300ms"});
  CHECK(objectives("{availability: 99.9, latency: {below: 300ms, objective: 95}}") ==
        Texts{"availability 0.999", "latency 0.95 300ms"});
  CHECK(AlarmFile("targets: [{name: a, url: a, slo: {availability: 99.9}}]\n").objectives.at("a")[0].objective ==
        0.999);
}

TEST_CASE("A target's objectives lie over those of the defaults, each by itself") {
  const std::string defaults = "{availability: 99.9, latency: 300ms}";
  CHECK(objectives("", defaults) == Texts{"availability 0.999", "latency 0.999 300ms"});
  CHECK(objectives("null", defaults) == Texts{"availability 0.999", "latency 0.999 300ms"});
  CHECK(objectives("{availability: 95}", defaults) == Texts{"availability 0.95", "latency 0.95 300ms"});
  CHECK(objectives("{latency: {below: 1s, objective: 90}}", defaults) == Texts{"availability 0.999", "latency 0.9 1s"});
  CHECK(objectives("{latency: 2s}", "{latency: {below: 1s, objective: 90}}") == Texts{"latency 0.99 2s"});
  CHECK(objectives("{latency: off}", defaults) == Texts{"availability 0.999"});
  CHECK(objectives("{availability: off}", defaults) == Texts{"latency 0.99 300ms"});
  CHECK(objectives("off", defaults) == Texts{});
}

TEST_CASE("Objectives that nobody can mean are refused") {
  const std::string rule = ": must be a percentage such as 99.9: more than 1 and less than 100";
  for (const std::string each : {"100", "0", "0.999", "-5", "x", "[99]", "99e0"}) {
    INFO(each);
    CHECK(problems("{availability: " + each + "}") == Texts{"slo.availability" + rule});
  }
  CHECK(problems("{latency: 0s}") == Texts{"slo.latency: must be a duration of more than 0s"});
  CHECK(problems("{latency: 300}").size() == 1);
  CHECK(problems("{latency: {objective: 100, under: 1s}}") ==
        Texts{"slo.latency.below: must be a duration of more than 0s", "slo.latency.objective" + rule,
              "slo.latency.under: unknown key: field under not found"});
  CHECK(problems("{avail: 99}") == Texts{"slo.avail: unknown key: field avail not found"});
  CHECK(problems("99.9") == Texts{"slo: must be a map, found a single value"});
}

}  // namespace
}  // namespace vedette::test
