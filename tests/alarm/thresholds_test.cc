// What a threshold may be written as, by what is watched and by the statistic.

#include "alarm_files.h"

namespace vedette::test {
namespace {

double threshold(const std::string& alarm) { return alarm_of(alarm).condition.threshold; }

TEST_CASE("A threshold has the unit of what is watched") {
  CHECK(threshold("slow: {above: 280ms}") == 0.28);
  CHECK(threshold("unavailable: {below: 0.95}") == 0.95);
  CHECK(threshold("unavailable: {below: 95%}") == 0.95);
  CHECK(threshold("unavailable: {at_most: '50 %'}") == 0.5);
  CHECK(threshold("certificate_expiring: {below: 1w}") == 7 * 86400);
  CHECK(threshold("x: {reading: probe_lamp_brightness, above: -3.5e2}") == -350);
  const std::string phase = "x: {reading: probe_lamp_phase_seconds, reading_labels: {phase: spark}, above: ";
  CHECK(threshold(phase + "100ms}") == 0.1);
  CHECK(threshold(phase + "0.1}") == 0.1);
  CHECK(threshold(phase + "2}") == 2);
}

TEST_CASE("A percentage is the ratio next to it, not one that is a little more") {
  CHECK(threshold("unavailable: {below: 99.9%}") == 0.999);
  CHECK(threshold("unavailable: {below: 57%}") == 0.57);
  CHECK(threshold("unavailable: {below: 99.99%}") == 0.9999);
}

TEST_CASE("Statistics that count have thresholds that are counts") {
  CHECK(threshold("slow: {below: 5, statistic: SampleCount}") == 5);
  CHECK(threshold("slow: {above: 5, statistic: 'TC(0.3:)'}") == 5);
  CHECK(threshold("unavailable: {below: 3, statistic: Sum}") == 3);
  CHECK(threshold("unavailable: {above: 3, statistic: Sum}") == 3);
  CHECK(threshold("slow: {below: 95%, statistic: 'PR(:0.28)'}") == 95);
  CHECK(threshold("slow: {below: 57%, statistic: 'PR(:0.28)'}") == 57);
  CHECK(threshold("slow: {below: 95, statistic: 'PR(:0.28)'}") == 95);
  CHECK(threshold("slow: {above: 3s, statistic: Sum}") == 3);
  CHECK(threshold("slow: {above: 3s, statistic: tm99}") == 3);
}

TEST_CASE("A threshold in the wrong unit is refused") {
  const std::string ratio = "must be a ratio between 0 and 1 such as 0.05, or a percentage such as 5%";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"slow: {above: 280}", "slow.above: \"280\" is not a duration: its unit is missing (ms, s, m, h, d or w)"},
      {"slow: {above: [1s]}", "slow.above: must be a single value"},
      {"slow: {above: -1s}", "slow.above: cannot be negative"},
      {"unavailable: {below: 95}", "unavailable.below: " + ratio},
      {"unavailable: {below: word}", "unavailable.below: must be a number, found \"word\""},
      {"unavailable: {below: 101%}", "unavailable.below: must be a percentage between 0% and 100%"},
      {"unavailable: {below: x%}", "unavailable.below: must be a percentage between 0% and 100%"},
      {"unavailable: {below: 1e1%}", "unavailable.below: must be a percentage between 0% and 100%"},
      {"x: {reading: probe_lamp_brightness, above: 1s}", "x.above: must be a number, found \"1s\""},
      {"slow: {above: 101, statistic: 'PR(:1)'}", "slow.above: must be between 0 and 100"},
      {"slow: {above: 1s, statistic: SampleCount}", "slow.above: must be a number, found \"1s\""},
  };
  for (const auto& [alarm, problem] : cases) {
    INFO(alarm);
    CHECK(problems_of_alarm(alarm) == Texts{problem});
  }
}

TEST_CASE("There is exactly one threshold, and it points where it can mean something") {
  CHECK(problems_of_alarm("slow: {}") == Texts{"slow: needs a threshold: one of above, at_least, below and at_most"});
  CHECK(problems_of_alarm("slow: {above: }") ==
        Texts{"slow: needs a threshold: one of above, at_least, below and at_most"});
  CHECK(problems_of_alarm("slow: {above: 1s, at_most: 2s}") ==
        Texts{"slow: has several thresholds (above and at_most): one is allowed"});
  CHECK(problems_of_alarm("certificate_expiring: {within: 3d, below: 2d}") ==
        Texts{"certificate_expiring: has several thresholds (below and within): one is allowed"});
  CHECK(problems_of_alarm("unavailable: {above: 5%}") ==
        Texts{"unavailable.above: what is watched is the share of results that are up: write below or at_most, say "
              "below: 95%"});
}

}  // namespace
}  // namespace vedette::test
