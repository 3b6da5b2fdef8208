#include "alarm/tally.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.h"

using namespace vedette;

namespace {

const std::vector<double> kTen = {7, 3, 10, 1, 5, 9, 2, 8, 4, 6};

double value(std::string_view statistic, const std::vector<double>& samples) {
  INFO(statistic);
  auto parsed = parse_statistic(statistic);
  REQUIRE(parsed);
  auto found = value_of(*parsed, samples);
  REQUIRE(found);
  return *found;
}

// Statistics of the ten samples, and what they are.
void check_values(const std::vector<std::pair<const char*, double>>& wanted) {
  for (const auto& [statistic, expected] : wanted) {
    INFO(statistic);
    CHECK(value(statistic, kTen) == expected);
  }
}

bool has_value(std::string_view statistic, const std::vector<double>& samples) {
  return value_of(*parse_statistic(statistic), samples).has_value();
}

// The mean of what lies between two percentages of the samples, on a line of a hundred copies of each, so that every
// percentage cuts between two copies.
double slow_trimmed_mean(std::vector<double> samples, std::size_t low, std::size_t high) {
  std::sort(samples.begin(), samples.end());
  std::vector<double> line;
  for (double sample : samples) line.insert(line.end(), 100, sample);
  double sum = 0;
  for (std::size_t i = low * samples.size(); i < high * samples.size(); ++i) sum += line[i];
  return sum / static_cast<double>((high - low) * samples.size());
}

}  // namespace

TEST_CASE("Plain statistics are what their names say") {
  check_values({
      {"Average", 5.5},
      {"Minimum", 1},
      {"Maximum", 10},
      {"Sum", 55},
      {"SampleCount", 10},
  });
  CHECK(value("Minimum", {-3, -5}) == -5);
  CHECK(value("Maximum", {-3, -5}) == -3);
}

TEST_CASE("A percentile is the largest value left when those above it are ignored") {
  check_values({
      {"p90", 9},
      {"p95", 10},
      {"p50", 5},
      {"p10", 1},
      {"p10.1", 2},
      {"p0", 1},
      {"p100", 10},
  });
  CHECK(value("p99", {0.28}) == 0.28);
  CHECK(value("p50", {1, 1, 1, 9}) == 1);
  CHECK(value("p75.1", {1, 1, 1, 9}) == 9);
  std::vector<double> thousand;
  for (int i = 1; i <= 1000; ++i) thousand.push_back(i);
  CHECK(value("p99.9", thousand) == 999);
  CHECK(value("p99.91", thousand) == 1000);
  thousand.resize(250);
  CHECK(value("p64.4", thousand) == 161);  // 64.4 % of 250 is a little more than 161 in floating point
}

TEST_CASE("Trimmed statistics leave out shares of the samples") {
  check_values({
      {"tm90", 5},
      {"tc90", 9},
      {"ts90", 45},
      {"TM(10%:90%)", 5.5},
      {"TC(10%:90%)", 8},
      {"TS(80%:)", 19},
      {"tc95", 9.5},
      {"ts95", 50},
      {"tm100", 5.5},
      {"IQM", 5.5},
  });
  CHECK(value("tm95", kTen) == Approx(50 / 9.5));  // half of the 10 counts
  CHECK(value("IQM", {5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6}) == 6.5);
  CHECK(value("IQM", {1, 3, 5, 7, 9, 11, 13, 15, 17}) == 9);
  CHECK(value("tm50", {4}) == 4);
  CHECK(value("tc50", {4}) == 0.5);
}

TEST_CASE("Trimmed statistics between two values leave out the lower one and keep the higher one") {
  check_values({
      {"TM(2:5)", 4},
      {"TC(2:5)", 3},
      {"TS(2:5)", 12},
      {"TC(:2)", 2},
      {"TM(8:)", 9.5},
      {"TC(:0.5)", 0},
      {"TS(:0.5)", 0},
  });
  CHECK_FALSE(has_value("TM(:0.5)", kTen));
}

TEST_CASE("A winsorized mean moves what is outside to the edge of what is inside") {
  check_values({
      {"wm90", 5.4},         // 10 counts as 9
      {"WM(10%:90%)", 5.5},  // and 1 as 2
      {"WM(80%:)", 9.1},     // 1 to 8 count as 9
      {"WM(2:5)", 4.1},
      {"WM(:5)", 4},
      {"WM(9:)", 9.1},
  });
}

TEST_CASE("A percentile rank is the percentage of samples above one value and up to another") {
  check_values({
      {"PR(:5)", 50},
      {"PR(2:5)", 30},
      {"PR(5:)", 50},
      {"PR(100:200)", 0},
  });
  CHECK(value("PR(:1)", kTen) + value("PR(1:5)", kTen) + value("PR(5:)", kTen) == 100);
  CHECK(value("PR(:0.28)", {0.28, 0.29}) == 50);
}

TEST_CASE("Without samples no statistic has a value, and what is not finite is no sample") {
  for (std::string_view name : {"Average", "Sum", "SampleCount", "p90", "tm90", "TC(:1)", "PR(:1)", "IQM"}) {
    CHECK_FALSE(has_value(name, {}));
    CHECK_FALSE(has_value(name, {std::nan(""), HUGE_VAL, -HUGE_VAL}));
  }
}

TEST_CASE("Ranked statistics agree with a slow way to compute them") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> samples(1 + random() % 40);
    for (double& sample : samples) sample = static_cast<double>(random() % 30) / 8;  // with many equal ones
    std::vector<double> sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    std::size_t low = random() % 100, high = low + 1 + random() % (100 - low), n = samples.size();
    auto percent = [](std::size_t p) { return static_cast<double>(p); };
    Statistic mean{Measure::trimmed_mean, true, percent(low), percent(high)};
    CHECK(*value_of(mean, samples) == Approx(slow_trimmed_mean(samples, low, high)));
    Statistic percentile{Measure::percentile, true, std::nullopt, percent(high)};
    CHECK(*value_of(percentile, samples) == sorted[(high * n + 99) / 100 - 1]);
    double bottom = sorted[low * n / 100], top = sorted[(high * n + 99) / 100 - 1], sum = 0;
    for (double sample : sorted) sum += std::clamp(sample, bottom, top);
    Statistic winsorized{Measure::winsorized_mean, true, percent(low), percent(high)};
    CHECK(*value_of(winsorized, samples) == Approx(sum / static_cast<double>(n)));
  }
}

TEST_CASE("A tally keeps a bounded number of points and stays within the coarseness it names") {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> latency(-2, 1);
  const Statistic p99 = *parse_statistic("p99"), tm90 = *parse_statistic("tm90");
  Tally tally;
  std::vector<double> all;
  for (int i = 0; i < 100000; ++i) {
    all.push_back(latency(random));
    add_sample(tally, p99, all.back(), 4096);
    if (tally.points.size() > 4096) FAIL("too many points");
  }
  CHECK(tally.count == 100000);
  CHECK(tally.coarseness == 1);
  CHECK(*value_of(p99, tally) == Approx(*value_of(p99, all)).epsilon(0.01));
  CHECK(*value_of(tm90, tally) == Approx(*value_of(tm90, all)).epsilon(0.001));
  CHECK(*value_of(*parse_statistic("Average"), tally) == Approx(*value_of(*parse_statistic("Average"), all)));
  CHECK(*value_of(*parse_statistic("p100"), tally) == *std::max_element(all.begin(), all.end()));
  std::uint64_t counted = 0;
  for (const Point& point : tally.points) counted += point.count;
  CHECK(counted == tally.count);
}

TEST_CASE("However few points are allowed and however far the values lie apart, the bound holds") {
  std::mt19937_64 random(13);
  const Statistic p50 = *parse_statistic("p50");
  Tally tally;
  for (int i = 0; i < 20000; ++i) {
    double size = std::ldexp(1.0, static_cast<int>(random() % 2000) - 1000);
    add_sample(tally, p50, random() % 3 == 0 ? 0 : random() % 2 == 0 ? size : -size, 1);
    if (tally.points.size() > 16) FAIL("too many points");
  }
  CHECK(tally.count == 20000);
  for (const Point& point : tally.points) CHECK(std::isfinite(point.value));
}

TEST_CASE("Few different values are exact, however often they come") {
  const Statistic p90 = *parse_statistic("p90");
  Tally tally;
  for (int i = 0; i < 50000; ++i) add_sample(tally, p90, i % 10 == 0 ? 0 : 1.0 / 3, 64);
  CHECK(tally.coarseness == 0);
  CHECK(*value_of(p90, tally) == 1.0 / 3);
  CHECK(*value_of(*parse_statistic("p10"), tally) == 0);
}

TEST_CASE("Tallies of two stretches of time add up to that of both") {
  for (std::string_view name : {"Average", "Minimum", "Maximum", "p90", "tm90", "PR(2:5)", "WM(2:5)", "SampleCount"}) {
    INFO(name);
    const Statistic statistic = *parse_statistic(name);
    Tally first, second, empty;
    for (std::size_t i = 0; i < kTen.size(); ++i) add_sample(i < 4 ? first : second, statistic, kTen[i], 100);
    add_tally(empty, first);
    add_tally(empty, Tally{});
    add_tally(empty, second);
    CHECK(value_of(statistic, empty) == value_of(statistic, kTen));
  }
}
