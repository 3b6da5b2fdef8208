#include "alarm/statistic.h"

#include "support/catch.h"

using namespace vedette;

namespace {

Statistic parsed(std::string_view text) {
  auto statistic = parse_statistic(text);
  INFO(text);
  REQUIRE(statistic);
  return *statistic;
}

std::string error_of(std::string_view text) {
  auto statistic = parse_statistic(text);
  INFO(text);
  REQUIRE_FALSE(statistic);
  return statistic.error().message;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE("Every form of a statistic in CloudWatch's documents is read and written back") {
  for (std::string_view text : {"Average",
                                "Minimum",
                                "Maximum",
                                "Sum",
                                "SampleCount",
                                "IQM",
                                "p0",
                                "p50",
                                "p90",
                                "p99.9",
                                "p100",
                                "tm90",
                                "tc90",
                                "ts90",
                                "wm98",
                                "tm99.9999999999",
                                "TM(10%:90%)",
                                "TM(2%:98%)",
                                "TM(10%:)",
                                "TM(150:1000)",
                                "TC(0.005:0.03)",
                                "TC(:0.5)",
                                "TS(80%:)",
                                "WM(10%:90%)",
                                "WM(80:500)",
                                "PR(:300)",
                                "PR(:0.28)",
                                "PR(100:2000)",
                                "PR(10:)"}) {
    CHECK(statistic_name(parsed(text)) == text);
  }
}

TEST_CASE("Forms that mean the same are equal") {
  CHECK(parsed("TM(:95%)") == parsed("tm95"));
  CHECK(parsed("TM(25%:75%)") == parsed("IQM"));
  CHECK(parsed("average") == parsed("Average"));
  CHECK(parsed("samplecount") == parsed("SampleCount"));
  CHECK(parsed(" p99.90 ") == parsed("p99.9"));
  CHECK(parsed("TC(0.005:0.030)") == parsed("TC(0.005:0.03)"));
  CHECK_FALSE(parsed("TM(10%:90%)") == parsed("TM(10:90)"));
  CHECK_FALSE(parsed("tm90") == parsed("p90"));
}

TEST_CASE("What is no statistic is refused with what is allowed") {
  for (std::string_view text : {"",           "median",       "p",           "90",          "p-1",
                                "p100.1",     "p1e1",         "p99.",        "p.9",         "p99.99999999999",
                                "q90",        "pr90",         "iqm50",       "tm0",         "tc0",
                                "tm101",      "TM()",         "TM(:)",       "TM(%:)",      "TM(10%)",
                                "TM(10%:90%", "TM(90%:10%)",  "TM(50%:50%)", "TM(-1%:50%)", "TM(1%:101%)",
                                "TM(1:2:3)",  "TM(10 %:90%)", "TM(a:b)",     "TM(inf:)",    "XM(1:2)",
                                "PR(5:5)",    "P(1:2)",       "(1:2)",       "p90p",        "Averages",
                                "TM(1:2)x"}) {
    CHECK(contains(error_of(text), "allowed are Average"));
  }
  CHECK(contains(error_of("tm(10%:90%)"), "before a range write \"TM\""));
  CHECK(contains(error_of("TM99"), "before one number write \"tm\""));
  CHECK(contains(error_of("P90"), "before one number write \"p\""));
  CHECK(contains(error_of("PR(:50%)"), "values, not percentages"));
  CHECK(contains(error_of("TM(10%:500)"), "either both bounds are percentages or none is"));
  CHECK(contains(error_of("p101"), "not between 0 and 100"));
  CHECK(contains(error_of("WM(9:3)"), "the first bound is not below the second"));
}

TEST_CASE("A percentile needs ten samples beyond it, and other statistics need none") {
  CHECK(samples_needed(parsed("p99")) == 1000);
  CHECK(samples_needed(parsed("p99.9")) == 10000);
  CHECK(samples_needed(parsed("p90")) == 100);
  CHECK(samples_needed(parsed("p50")) == 20);
  CHECK(samples_needed(parsed("p25")) == 40);
  CHECK(samples_needed(parsed("p30")) == 34);  // 33.3: fewer than that are 33
  CHECK(samples_needed(parsed("p0")) == 0);
  CHECK(samples_needed(parsed("p100")) == 0);
  CHECK(samples_needed(parsed("tm99")) == 0);
  CHECK(samples_needed(parsed("Average")) == 0);
}
