// `alarm:` and `alarm_sets:`: which alarms a target has, where they come from, and what is said when it cannot have
// them.

#include "alarm/options.h"

#include "alarm_files.h"

namespace vedette::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("An alarm whose name is a kind needs nothing else") {
  const AlarmSpec spec = alarm_of("unavailable: {}");
  CHECK(spec.name == "unavailable");
  CHECK(spec.kind == AlarmKind::unavailable);
  CHECK(spec.statistic == Statistic{});
  CHECK(spec.condition.comparison == Comparison::below);
  CHECK(spec.condition.threshold == 1);
  CHECK(spec.condition.datapoints == MOfN{1, 1});
  CHECK(spec.condition.missing == MissingData::ignore);
  CHECK(spec.condition.range == evaluation_range(1));
  CHECK(spec.shape == WindowShape{20s, 1, evaluation_range(1), false});
  CHECK(spec.text.severity == "warning");
  CHECK(spec.text.notify);
  CHECK_FALSE(spec.ignore_low_samples);
}

TEST_CASE("Everything that an alarm may say is kept") {
  const AlarmSpec spec = alarm_of(
      "very_slow: {kind: slow, at_least: 280ms, statistic: p90, period: 5m, datapoints: 2 of 3, missing_data: "
      "notBreaching, low_samples: ignore, wall_clock: true, severity: critical, summary: Slow, description: 'Very: "
      "slow', "
      "runbook: 'https://runbooks.example.org/slow', notify: false}");
  CHECK(spec.name == "very_slow");
  CHECK(spec.kind == AlarmKind::slow);
  CHECK(spec.statistic == *parse_statistic("p90"));
  CHECK(spec.condition.comparison == Comparison::at_least);
  CHECK(spec.condition.threshold == 0.28);
  CHECK(spec.condition.datapoints == MOfN{2, 3});
  CHECK(spec.condition.missing == MissingData::not_breaching);
  CHECK(spec.shape == WindowShape{5min, 3, evaluation_range(3), true});
  CHECK(spec.ignore_low_samples);
  CHECK(spec.text.severity == "critical");
  CHECK(spec.text.summary == "Slow");
  CHECK(spec.text.description == "Very: slow");
  CHECK(spec.text.runbook == "https://runbooks.example.org/slow");
  CHECK_FALSE(spec.text.notify);
}

TEST_CASE("Each kind has the defaults that suit it") {
  const AlarmSpec certificate = alarm_of("certificate_expiring: {}");
  CHECK(certificate.kind == AlarmKind::certificate_expiring);
  CHECK(certificate.statistic.measure == Measure::minimum);
  CHECK(certificate.condition.comparison == Comparison::below);
  CHECK(certificate.condition.threshold == 30 * 86400);
  CHECK(certificate.condition.missing == MissingData::ignore);
  CHECK(certificate.reading == 5);
  CHECK(alarm_of("soon: {kind: certificate_expiring, within: 14d}").condition.threshold == 14 * 86400);
  CHECK(alarm_of("expired: {kind: certificate_expiring, at_most: 0s}").condition.comparison == Comparison::at_most);

  const AlarmSpec status = alarm_of("errors: {kind: status_class, class: [4xx, 5XX]}");
  CHECK(status.condition.comparison == Comparison::above);
  CHECK(status.condition.threshold == 0);
  CHECK(status.classes == std::vector<int>{4, 5});
  CHECK(status.reading == 3);
  CHECK(alarm_of("status_class: {class: 5xx, above: 5%}").classes == std::vector<int>{5});

  const AlarmSpec reading = alarm_of("dim: {reading: probe_lamp_brightness, below: 3}");
  CHECK(reading.kind == AlarmKind::reading);
  CHECK(reading.reading == 4);
}

TEST_CASE("A reading with labels is named by as many of them as it takes") {
  CHECK(alarm_of("x: {reading: probe_lamp_phase_seconds, reading_labels: {phase: spark}, above: 1}").reading == 0);
  CHECK(alarm_of("x: {reading: probe_lamp_phase_seconds, reading_labels: {side: right}, above: 1}").reading == 2);
  CHECK(
      alarm_of("x: {reading: probe_lamp_phase_seconds, reading_labels: {side: left, phase: glow}, above: 1}").reading ==
      1);
  const std::string choices =
      "must say which probe_lamp_phase_seconds it is: {phase=\"spark\"}, {phase=\"glow\",side=\"left\"}, "
      "{phase=\"glow\",side=\"right\"}";
  CHECK(problems_of_alarm("x: {reading: probe_lamp_phase_seconds, above: 1}") == Texts{"x.reading_labels: " + choices});
  CHECK(problems_of_alarm("x: {reading: probe_lamp_phase_seconds, reading_labels: {phase: glow}, above: 1}") ==
        Texts{"x.reading_labels: " + choices});
  CHECK(problems_of_alarm("x: {reading: probe_lamp_phase_seconds, reading_labels: {phase: par}, above: 1}") ==
        Texts{"x.reading_labels: " + choices});
  CHECK(problems_of_alarm("x: {reading: probe_lamp_brightness, reading_labels: {phase: par}, above: 1}") ==
        Texts{"x.reading_labels: probe_lamp_brightness has no labels"});
}

TEST_CASE("Without a period it is the shortest in which there is always a result") {
  const std::vector<std::pair<std::string, Duration>> cases = {
      {"100ms", 1s}, {"1s", 1s},   {"1001ms", 5s}, {"10s", 10s},  {"15s", 20s}, {"25s", 30s},
      {"30s", 30s},  {"31s", 60s}, {"60s", 60s},   {"61s", 2min}, {"1h", 1h},   {"7d", 7 * 24h}};
  for (const auto& [interval, period] : cases) {
    INFO(interval);
    const AlarmFile file("targets: [{name: a, url: a, interval: " + interval +
                         ", alarm: {unavailable: {}, w: {kind: unavailable, wall_clock: true}}}]\n");
    CHECK(file.problems == Texts{});
    CHECK(file.specs.at("a")[0]->shape.period == period);
    CHECK(check_window_shape(file.specs.at("a")[1]->shape));
    CHECK(file.specs.at("a")[1]->shape.period >= period);
  }
}

TEST_CASE("A period as long as the interval is long enough") {
  const AlarmFile file("targets: [{name: a, url: a, interval: 20s, alarm: {unavailable: {period: 20s}}}]\n");
  CHECK(file.problems == Texts{});
  CHECK(file.specs.at("a")[0]->shape.period == 20s);
}

TEST_CASE("A period that is too short, too long or none is refused with the one to take") {
  CHECK(problems_of_alarm("slow: {above: 1s, period: 10s}") ==
        Texts{"slow.period: 10s is shorter than the interval 15s of target \"a\", so there would be periods without a "
              "result: take 20s"});
  CHECK(problems_of_alarm("slow: {above: 1s, period: 45s}") ==
        Texts{"slow.period: period 45s: allowed are 1s, 5s, 10s, 20s, 30s and whole minutes"});
  CHECK(problems_of_alarm("slow: {above: 1s, period: 12h, datapoints: 1 of 15}") ==
        Texts{"slow.datapoints: 15 periods of 12h are longer than 7d"});
  CHECK(problems_of_alarm("slow: {above: 1s, datapoints: 1 of 86400}") ==
        Texts{"slow.datapoints: 86400 periods of 20s are longer than 1d (the period follows the interval 15s of target "
              "\"a\")"});
  CHECK(problems_of_alarm("slow: {above: 1s, datapoints: 1 of 2147483647}") ==
        Texts{"slow.datapoints: N is at most 86400"});
  CHECK(problems_of_alarm("slow: {above: 1s, period: 2m, wall_clock: true}") ==
        Texts{"slow.period: period 2m: on the wall clock allowed are 1m, 5m, 1h, 1d and 7d"});
}

TEST_CASE("All that is wrong with an alarm is said at once") {
  CHECK(
      problems_of_alarm("slow: {above: 1s, statistic: p101, datapoints: 3 of 2, missing_data: well, low_samples: some, "
                        "wall_clock: perhaps, severity: Bad, runbook: here, notify: 1, abve: 1s}")
          .size() == 9);
  CHECK(problems_of_alarm("slow: {above: 1s, abve: 1s}") ==
        Texts{"slow.abve: unknown key: field abve not found (did you mean \"above\"?)"});
  CHECK(problems_of_alarm("slow: {above: 1s, severity: LOUD}") ==
        Texts{"slow.severity: must be critical, warning, info or another word of at most 30 small letters, digits, _ "
              "and -"});
  CHECK(problems_of_alarm("slow: {above: 1s, runbook: 'ftp://x/'}") ==
        Texts{"slow.runbook: must be a URL that begins with http:// or https://"});
  CHECK(problems_of_alarm("slow: {above: 1s, runbook: 'https:///x'}").size() == 1);
  CHECK(problems_of_alarm("slow: {above: 1s, summary: '{{ $labels.target }} is slow'}") ==
        Texts{"slow.summary: must not have {{ in it: it is told as it is, there are no templates here (the labels tell "
              "the target)"});
  CHECK(problems_of_alarm("slow: {above: 1s, threshold: 1, evaluation_periods: 3, datapoints_to_alarm: 2}") ==
        Texts{"slow.threshold: is written otherwise here: above, at_least, below or at_most with the threshold",
              "slow.evaluation_periods: is written otherwise here: datapoints: M of N, as in \"2 of 3\"",
              "slow.datapoints_to_alarm: is written otherwise here: datapoints: M of N, as in \"2 of 3\""});
  CHECK(problems_of_alarm("slow: {above: 1s, low_samples: ignore}") ==
        Texts{"slow.low_samples: belongs to a percentile such as p90: no other statistic can have too few samples"});
}

TEST_CASE("An alarm says what it watches, once") {
  CHECK(problems_of_alarm("unavailble: {}") ==
        Texts{"unavailble: what does it watch, did you mean \"unavailable\"? Its name is no kind (unavailable, slow, "
              "certificate_expiring, status_class), so write kind: with one of these, or reading: with a number of the "
              "prober's"});
  CHECK(
      problems_of_alarm("x: {kind: slwo, above: 1s, class: 5xx}") ==
      Texts{"x.kind: there is no such kind, did you mean \"slow\"? (there are unavailable, slow, certificate_expiring, "
            "status_class, reading)"});
  CHECK(problems_of_alarm("slow: {kind: unavailable, above: 1s}") ==
        Texts{"slow.kind: its name says that it is \"slow\"; give it another name"});
  CHECK(problems_of_alarm("slow: {kind: slow, above: 1s}") == Texts{});
  CHECK(problems_of_alarm("slow: {above: 1s, class: 5xx, within: 3d, reading: x, reading_labels: {a: b}}") ==
        Texts{"slow.reading: belongs to an alarm of kind reading only",
              "slow.reading_labels: belongs to an alarm of kind reading only",
              "slow.class: belongs to an alarm of kind status_class only",
              "slow.within: belongs to an alarm of kind certificate_expiring only"});
  CHECK(problems_of_alarm("x: {kind: reading, above: 1}") ==
        Texts{"x: needs a reading: the name of the number that it watches"});
  CHECK(problems_of_alarm("status_class: {}") ==
        Texts{"status_class: needs a class: which answers count, such as 5xx or [4xx, 5xx]"});
  CHECK(problems_of_alarm("status_class: {class: [6xx, 200]}") ==
        Texts{"status_class.class[0]: must be one of 1xx, 2xx, 3xx, 4xx, 5xx",
              "status_class.class[1]: must be one of 1xx, 2xx, 3xx, 4xx, 5xx"});
}

TEST_CASE("What a prober does not report cannot be watched, and the problem says what can") {
  CHECK(problems_of_alarm("x: {reading: probe_lamp_brightnes, above: 1}") ==
        Texts{"x.reading: the prober of target \"a\" has no such reading, did you mean \"probe_lamp_brightness\"? (it "
              "has probe_lamp_phase_seconds, probe_http_status_code, probe_lamp_brightness, "
              "probe_ssl_earliest_cert_expiry)"});
  CHECK(problems_of_alarm("x: {reading: probe_duration_seconds, above: 1}").at(0).find("write kind: slow instead") !=
        std::string::npos);
  const AlarmFile file(
      "alarm_sets: {web: {certificate_expiring: {}, unavailable: {}}}\n"
      "defaults: {alarm: web}\n"
      "targets:\n"
      "  - {name: a, url: a}\n"
      "  - {name: b, url: b, labels: {prober: plain}}\n"
      "  - {name: c, url: c, labels: {prober: plain}, interval: 7s}\n"
      "  - {name: d, url: d, labels: {prober: unknown}}\n"
      "  - {name: e, url: e, labels: {prober: plain}, alarm: {certificate_expiring: off}}\n"
      "  - {name: f, url: f, labels: {prober: plain}, alarm: {certificate_expiring: off, status_class: {class: "
      "5xx}}}\n");
  CHECK(file.problems ==
        Texts{"v.yml:1: alarm_sets.web.certificate_expiring: the prober of target \"b\" reports no "
              "probe_ssl_earliest_cert_expiry; take the alarm away there with certificate_expiring: off",
              "v.yml:9: targets[5].alarm.status_class: the prober of target \"f\" reports no probe_http_status_code; "
              "take the alarm away there with status_class: off"});
  CHECK(file.names_of("e") == Texts{"unavailable"});
}

const std::string kSets =
    "alarm_sets:\n"
    "  web: {unavailable: {severity: critical}, slow: {above: 280ms}}\n"
    "  certs: {certificate_expiring: {within: 7d}}\n"
    "  calm: {slow: off}\n"
    "defaults: {alarm: web, interval: 15s}\n";

AlarmFile target_with(const std::string& alarm) {
  return AlarmFile(kSets + "targets: [{name: a, url: a" + (alarm.empty() ? "" : ", alarm: " + alarm) + "}]\n");
}

TEST_CASE("A target's alarms lie over those of the defaults") {
  const std::vector<std::pair<std::string, Texts>> cases = {
      {"", {"slow", "unavailable"}},
      {"null", {"slow", "unavailable"}},
      {"off", {}},
      {"certs", {"certificate_expiring", "slow", "unavailable"}},
      {"[off, certs]", {"certificate_expiring"}},
      {"[certs, calm]", {"certificate_expiring", "unavailable"}},
      {"[calm, {slow: {above: 1s}}, {unavailable: off}]", {"slow"}},
      {"{use: certs}", {"certificate_expiring", "slow", "unavailable"}},
      {"{slow: {above: 1s}, use: [calm, certs]}", {"certificate_expiring", "slow", "unavailable"}},
      {"{slow: off}", {"unavailable"}},
      {"{slow: null, unavailable: none}", {}},
      {"{slow: false}", {"unavailable"}},
      {"{use: off, a: {kind: slow, above: 1s}}", {"a"}},
  };
  for (const auto& [alarm, names] : cases) {
    INFO(alarm);
    const AlarmFile file = target_with(alarm);
    CHECK(file.problems == Texts{});
    CHECK(file.names_of("a") == names);
  }
}

TEST_CASE("The alarm of a name replaces the one before as a whole") {
  const AlarmFile file = target_with("{unavailable: {datapoints: 2 of 3}}");
  CHECK(file.problems == Texts{});
  const AlarmSpec& spec = *file.specs.at("a").back();
  CHECK(spec.condition.datapoints == MOfN{2, 3});
  CHECK(spec.text.severity == "warning");
}

TEST_CASE("What cannot be a target's alarms is refused") {
  const std::string at = "v.yml:6: targets[0].alarm";
  CHECK(target_with("wbe").problems ==
        Texts{at + ": there is no alarm set of that name, did you mean \"web\"? (alarm_sets: calm, certs, web)"});
  CHECK(target_with("{use: wbe}").problems.at(0).starts_with(at + ".use: there is no alarm set"));
  CHECK(target_with("[web, wbe]").problems.at(0).starts_with(at + "[1]: there is no alarm set"));
  CHECK(target_with("[[web]]").problems == Texts{at + "[0]: must be the name of an alarm set, or a map of alarms"});
  CHECK(target_with("{use: {web: 1}}").problems == Texts{at + ".use: must be the name of an alarm set, or a list"});
  CHECK(target_with("{slow: soon}").problems == Texts{at + ".slow: must be a map, or off to take the alarm away"});
  CHECK(target_with("{slwo: off}").problems ==
        Texts{at + ".slwo: there is no alarm of that name to take away, did you mean \"slow\"?"});
  CHECK(target_with("{a/b: {}}").problems == Texts{at + ".a/b: the name of an alarm must not have a / in it"});
  CHECK(target_with("{" + std::string(101, 'x') + ": {}}").problems.size() == 1);
  CHECK(AlarmFile("targets: [{name: a, url: a, alarm: web}]\n").problems ==
        Texts{"v.yml:1: targets[0].alarm: there is no alarm set of that name (alarm_sets: none)"});
}

TEST_CASE("Sets and defaults are checked also when nobody uses them") {
  CHECK(AlarmFile("alarm_sets:\n"
                  "  web: {slow: {above: 1, lantern: 2}}\n"
                  "  off: {unavailable: {}}\n"
                  "  all: {use: web, slow: {above: 2s, period: 7s}}\n"
                  "defaults: {alarm: {slow: {}}}\n")
            .problems ==
        Texts{"v.yml:2: alarm_sets.web.slow.above: \"1\" is not a duration: its unit is missing (ms, s, "
              "m, h, d or w)",
              "v.yml:2: alarm_sets.web.slow.lantern: unknown key: field lantern not found",
              "v.yml:3: alarm_sets.off: a set cannot have this name: it is the word for no alarms at "
              "all",
              "v.yml:4: alarm_sets.all.use: a set cannot use others: name them all where they are used",
              "v.yml:4: alarm_sets.all.slow.period: period 7s: allowed are 1s, 5s, 10s, 20s, 30s and "
              "whole minutes",
              "v.yml:5: defaults.alarm.slow: needs a threshold: one of above, at_least, below and "
              "at_most"});
}

TEST_CASE("Thousands of targets share their alarms, and also what is wrong with them") {
  std::string text =
      "alarm_sets: {web: {unavailable: {period: 5s}, slow: {above: 1, statistic: Avg}}}\n"
      "defaults: {alarm: web, interval: 5s}\ntargets:\n";
  for (int i = 0; i < 2000; ++i) {
    text += "  - {name: t" + std::to_string(i) + ", url: t" + (i % 2 ? ", alarm: web" : "") +
            (i % 3 ? "" : ", interval: 10s") + "}\n";
  }
  const AlarmFile file(text);
  REQUIRE(file.problems.size() == 3);
  CHECK(file.problems.back().find("interval 10s of target \"t0\"") != std::string::npos);
  for (std::size_t i : {0u, 1u}) {
    CHECK(file.specs.at("t1")[i] == file.specs.at("t2")[i]);
    CHECK(file.specs.at("t1")[i] != file.specs.at("t3")[i]);
    CHECK(file.specs.at("t0")[i] == file.specs.at("t3")[i]);
  }
}

}  // namespace
}  // namespace vedette::test
