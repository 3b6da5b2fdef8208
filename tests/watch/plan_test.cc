// From a file to jobs: what a target watches, and problems told all at once.

#include "watch/plan.h"

#include "support/catch.h"

namespace vedette {
namespace {

std::vector<std::string> problems_of(const Loaded& loaded) {
  std::vector<std::string> texts;
  for (const Problem& problem : loaded.problems()) texts.push_back(problem.path);
  return texts;
}

TEST_CASE("a plan has each target's alarms and objectives, and composite alarms in their order") {
  const Loaded loaded = load_config_text(
      "v.yml",
      "alarm_sets: {web: {unavailable: {}, certificate_expiring: {}}}\n"
      "defaults: {alarm: web, slo: {availability: 99.9}}\n"
      "targets: [{name: b, url: b, alarm: {slow: {above: 1s}}, slo: {latency: 1s}}, {name: a, url: a}]\n"
      "composite_alarms: {both: {rule: ALARM(x) OR ALARM(b/slow)}, x: {rule: ALARM(a/unavailable)}}\n");
  const Plan plan = make_plan(loaded);
  CHECK(problems_of(loaded).empty());
  REQUIRE(plan.jobs.size() == 2);
  const Job &a = *plan.jobs[0], &b = *plan.jobs[1];
  REQUIRE(a.alarms.size() == 2);
  REQUIRE(b.alarms.size() == 3);
  CHECK(a.alarms[0] == b.alarms[0]);
  CHECK(b.alarms[1]->name == "slow");
  CHECK(a.objectives.size() == 1);
  CHECK(b.objectives.size() == 2);
  REQUIRE(plan.composites.size() == 2);
  CHECK(plan.composites[0].name == "x");
  // The prober's own place of the certificate.
  CHECK(a.text->schema[a.alarms[0]->reading].metric->name == "probe_ssl_earliest_cert_expiry");
}

TEST_CASE("a job asks the same as before only with the same address and module") {
  auto asks = [](const std::string& url, const std::string& timeout, const std::string& interval) {
    const Loaded loaded = load_config_text(
        "v.yml", "modules: {m: {prober: http, timeout: " + timeout + "}}\n" + "targets: [{name: a, url: '" + url +
                     "', module: m, interval: " + interval + ", labels: {team: " + interval + "}}]\n");
    const Plan plan = make_plan(loaded);
    REQUIRE(plan.jobs.size() == 1);
    return plan.jobs[0]->asks;
  };
  const std::uint64_t before = asks("http://a/", "5s", "1m");
  CHECK(asks("http://a/", "5s", "2m") == before);
  CHECK(asks("http://b/", "5s", "1m") != before);
  CHECK(asks("http://a/", "6s", "1m") != before);
}

TEST_CASE("a target that cannot be probed has its alarms checked all the same, and no rule is blamed for it") {
  const Loaded loaded =
      load_config_text("v.yml",
                       "modules: {m: {prober: semaphore}}\n"
                       "targets:\n"
                       "  - {name: a, address: a, module: m, alarm: {slow: {}}}\n"
                       "  - {name: b, url: b, module: nowhere, alarm: {slow: {}}, slo: {latency: 0s}}\n"
                       "  - word\n"
                       "composite_alarms: {all: {rule: ALARM(a/slow) AND ALARM(b/slow)}}\n");
  const Plan plan = make_plan(loaded);
  CHECK(plan.jobs.empty());
  CHECK(problems_of(loaded) == std::vector<std::string>{"modules.m.prober", "targets[0].alarm.slow",
                                                        "targets[1].module", "targets[1].alarm.slow",
                                                        "targets[1].slo.latency", "targets[2]"});
}

}  // namespace
}  // namespace vedette
