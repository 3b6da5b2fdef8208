#include "alarm/window.h"

#include <cmath>

#include "alarm/memory.h"

#include "support/catch.h"

using namespace vedette;

namespace {

// A whole hour, so also the start of a minute and of ten seconds.
constexpr WallTime kHour = WallTime(seconds(1700006400));

WindowShape shape_of(Duration period, int n, bool wall_clock = false) {
  return {period, n, evaluation_range(n), wall_clock};
}

Window window_of(std::string_view statistic, Duration period, int n, bool wall_clock = false) {
  WindowShape shape = shape_of(period, n, wall_clock);
  REQUIRE(check_window_shape(shape));
  return {*parse_statistic(statistic), shape};
}

using Values = std::vector<std::optional<double>>;
constexpr std::nullopt_t kNone = std::nullopt;

Values values(Window& window, WallTime now) {
  Values found;
  for (const Datapoint& point : window.datapoints(now)) found.push_back(point.value);
  return found;
}

bool refused(const WindowShape& shape, std::string_view why) {
  auto checked = check_window_shape(shape);
  return !checked && checked.error().message.find(why) != std::string::npos;
}

}  // namespace

TEST_CASE("Periods begin at multiples of themselves since the epoch, and the one that is not over does not count") {
  for (int s : {1, 5, 10}) {
    INFO(s);
    Window window = window_of("Average", seconds(s), 1);
    window.add(kHour, 1);
    window.add(kHour + seconds(s) - Duration(1), 3);
    window.add(kHour + seconds(s), 10);
    CHECK(values(window, kHour + seconds(s) - Duration(1)) == Values{kNone, kNone, kNone});
    CHECK(values(window, kHour + seconds(s)) == Values{kNone, kNone, 2});
    CHECK(values(window, kHour + 2 * seconds(s)) == Values{kNone, 2, 10});
    CHECK(window.datapoints(kHour + 2 * seconds(s)).back().start == kHour + seconds(s));
    CHECK(window.next(kHour) == kHour + seconds(s));
    CHECK(window.next(kHour + Duration(1)) == kHour + seconds(s));
  }
}

TEST_CASE("Long periods slide from minute to minute, 20 and 30 s from ten seconds to ten seconds") {
  Window window = window_of("Sum", seconds(300), 1);
  for (int minute = 0; minute < 10; ++minute) window.add(kHour + minute * seconds(60) + seconds(30), minute);
  // CloudWatch's example: minutes 1 to 5, then 2 to 6.
  CHECK(values(window, kHour + seconds(300)) == Values{kNone, kNone, 0 + 1 + 2 + 3 + 4});
  CHECK(values(window, kHour + seconds(359)) == Values{kNone, kNone, 0 + 1 + 2 + 3 + 4});
  CHECK(values(window, kHour + seconds(360)) == Values{kNone, 0, 1 + 2 + 3 + 4 + 5});
  CHECK(values(window, kHour + seconds(600)) == Values{kNone, 10, 35});
  CHECK(window.next(kHour) == kHour + seconds(60));

  Window short_one = window_of("Sum", seconds(30), 1);
  for (int i = 0; i < 6; ++i) short_one.add(kHour + i * seconds(10), i);
  CHECK(values(short_one, kHour + seconds(40)) == Values{kNone, 0, 1 + 2 + 3});
  CHECK(step_of(shape_of(seconds(20), 3)) == seconds(10));
}

TEST_CASE("A window over several days goes by hours") {
  CHECK(step_of(shape_of(std::chrono::hours(24), 1)) == seconds(60));
  CHECK(step_of(shape_of(std::chrono::hours(24), 3)) == std::chrono::hours(1));
  CHECK(step_of(shape_of(std::chrono::hours(1), 25)) == std::chrono::hours(1));
  CHECK(step_of(shape_of(std::chrono::minutes(90), 20)) == std::chrono::minutes(30));
}

TEST_CASE("On the wall clock a period is an hour, a day or a week from Monday on") {
  Window hours = window_of("Sum", seconds(3600), 1, true);
  hours.add(kHour + seconds(1800), 1);
  CHECK(values(hours, kHour + seconds(3599)) == Values{kNone, kNone, kNone});
  CHECK(values(hours, kHour + seconds(3600)) == Values{kNone, kNone, 1});
  CHECK(hours.next(kHour + seconds(60)) == kHour + seconds(3600));
  Window weeks = window_of("Sum", std::chrono::hours(168), 1, true);
  constexpr WallTime kMonday = WallTime(seconds(1700438400));  // 2023-11-20
  weeks.add(kMonday - Duration(1), 1);
  weeks.add(kMonday, 2);
  CHECK(values(weeks, kMonday) == Values{kNone, kNone, 1});
  CHECK(values(weeks, kMonday + std::chrono::hours(168)) == Values{kNone, 1, 2});
}

TEST_CASE("A short look away over the end of a period neither loses nor moves it") {
  constexpr Duration kDay = std::chrono::hours(24);
  const WallTime day = WallTime(19'676 * kDay);
  Window window = window_of("Average", kDay, 1, true);
  for (int hour = 0; hour < 24; ++hour) window.add(day + hour * std::chrono::hours(1), 0);
  const WallTime midnight = day + kDay;
  CHECK(window.pass_over(midnight - seconds(1), midnight + seconds(2)));
  CHECK(values(window, midnight + seconds(2)) == Values{kNone, kNone, 0});
  for (int hour = 1; hour < 24; ++hour) window.add(midnight + hour * std::chrono::hours(1), 1);
  CHECK(values(window, midnight + kDay) == Values{kNone, 0, 1});
}

TEST_CASE("Of a long absence whole steps are left out, and the one that was under way is over if the rest says so") {
  auto after = [](Duration from, Duration to, bool has_result) {
    Window window = window_of("Sum", seconds(60), 1);
    window.add(kHour - seconds(30), 7);
    if (has_result) window.add(kHour + seconds(1), 5);
    CHECK(window.pass_over(kHour + from, kHour + to) == (to % seconds(60) < from % seconds(60)));
    window.add(kHour + to, 3);
    return values(window, kHour + to + seconds(60));
  };
  CHECK(after(seconds(10), seconds(600 + 50), true) == Values{kNone, 7, 8});  // the same minute goes on
  CHECK(after(seconds(50), seconds(600 + 10), true) == Values{7, 5, 3});      // it was nearly over
  CHECK(after(seconds(50), seconds(600 + 10), false) == Values{kNone, 7, 3});
  CHECK(after(seconds(50), seconds(60 + 10), true) == Values{7, 5, 3});
}

TEST_CASE("A result lands in the period of its time, however late, as long as that is looked at") {
  Window window = window_of("Maximum", seconds(1), 1);
  window.add(kHour, 0.1);
  CHECK(values(window, kHour + seconds(3)) == Values{0.1, kNone, kNone});
  CHECK(window.add(kHour + seconds(1), 9));  // a run that took nearly two seconds
  CHECK(values(window, kHour + seconds(3)) == Values{0.1, 9, kNone});
  CHECK_FALSE(window.add(kHour - seconds(1), 5));
  CHECK(values(window, kHour + seconds(5)) == Values{kNone, kNone, kNone});
  CHECK_FALSE(window.add(kHour + seconds(1), 9));
}

TEST_CASE("What is not a number is no result") {
  Window window = window_of("SampleCount", seconds(1), 1);
  CHECK_FALSE(window.add(kHour, std::nan("")));
  CHECK_FALSE(window.add(kHour, HUGE_VAL));
  CHECK(values(window, kHour + seconds(1)) == Values{kNone, kNone, kNone});
  CHECK(window.save().steps.empty());
}

TEST_CASE("A window that is stopped in mid-window and goes on elsewhere tells the same as one that never stopped") {
  for (std::string_view statistic : {"Average", "p90", "tm90", "PR(:5)", "WM(2:8)", "Minimum"}) {
    for (int period : {1, 30, 60, 300}) {
      INFO(statistic << " over " << period);
      Window whole = window_of(statistic, seconds(period), 3), before = window_of(statistic, seconds(period), 3);
      for (int i = 0; i < 8 * period; ++i) {
        WallTime at = kHour + i * seconds(1);
        whole.add(at, i * 7 % 11);
        if (i == 4 * period + period / 2) {  // in the middle of a period
          Window after = window_of(statistic, seconds(period), 3);
          REQUIRE(after.load(before.save()));
          CHECK(after.save() == before.save());
          before = after;
        }
        before.add(at, i * 7 % 11);
        if (i % period == 0) CHECK(before.datapoints(at) == whole.datapoints(at));
      }
      CHECK(before.datapoints(kHour + 8 * seconds(period)) == whole.datapoints(kHour + 8 * seconds(period)));
    }
  }
}

TEST_CASE("A stop longer than the range leaves nothing of what was before") {
  Window before = window_of("Average", seconds(60), 1);
  before.add(kHour, 1);
  Window after = window_of("Average", seconds(60), 1);
  REQUIRE(after.load(before.save()));
  CHECK(values(after, kHour + seconds(600)) == Values{kNone, kNone, kNone});
  CHECK(after.save().steps.empty());
}

TEST_CASE("A changed period, N or statistic takes over what tells it, and refuses what does not") {
  Window percentile = window_of("p90", seconds(60), 3);
  for (int i = 0; i < 10; ++i) percentile.add(kHour + i * seconds(6), i + 1);
  SavedWindow saved = percentile.save();
  auto taken = [&](std::string_view statistic, int period, int n) -> std::optional<double> {
    Window window = window_of(statistic, seconds(period), n);
    if (!window.load(saved)) return std::nullopt;
    return values(window, kHour + seconds(60)).back();
  };
  CHECK(taken("p90", 60, 5) == 9);
  CHECK(taken("p50", 300, 1) == 5);
  CHECK(taken("tm90", 60, 1) == 5);
  CHECK(taken("Average", 60, 1) == 5.5);
  CHECK(taken("PR(:5)", 60, 1) == std::nullopt);
  CHECK(taken("p90", 30, 1) == std::nullopt);
  Window average = window_of("Average", seconds(60), 1);
  REQUIRE(average.load(saved));
  CHECK(average.save().steps.at(0).tally.points.empty());
  saved = average.save();
  CHECK(taken("p90", 60, 1) == std::nullopt);
  CHECK(taken("Maximum", 60, 1) == 10);
  Window window = window_of("p90", seconds(60), 1);
  CHECK(window.load(saved).error().message == "what was kept for Average does not tell p90");
}

TEST_CASE("A damaged saved window is refused and changes nothing") {
  Window before = window_of("p90", seconds(60), 1);
  before.add(kHour, 1);
  before.add(kHour, 2);
  auto refuses = [&](auto spoil) {
    SavedWindow saved = before.save();
    saved.steps.push_back({saved.steps[0].index + 1, saved.steps[0].tally});
    spoil(saved.steps[1].tally);
    Window after = window_of("p90", seconds(60), 1);
    return !after.load(saved) && after.save().steps.empty();
  };
  CHECK_FALSE(refuses([](Tally&) {}));
  CHECK(refuses([](Tally& tally) { tally.points.clear(); }));
  CHECK(refuses([](Tally& tally) { tally.count = 0; }));
  CHECK(refuses([](Tally& tally) { tally.points[0].count = 0; }));
  CHECK(refuses([](Tally& tally) { tally.points[0].value = std::nan(""); }));
  CHECK(refuses([](Tally& tally) { tally.sum = HUGE_VAL; }));
}

TEST_CASE("Memory has a bound at any rate, and what needs no order is exact all the same") {
  Window ranked = window_of("p99", seconds(1), 3), rank = window_of("PR(:0.5)", seconds(1), 3);
  for (int i = 0; i < 60000; ++i) {  // 10,000 a second
    WallTime at = kHour + i * Duration(100000);
    double latency = 0.1 + 0.9 * (i * 7919 % 10000) / 10000;
    ranked.add(at, latency);
    rank.add(at, latency);
  }
  WallTime now = kHour + seconds(6);
  for (const auto& value : values(ranked, now)) CHECK(*value == Approx(0.991).epsilon(0.01));
  for (const auto& value : values(rank, now)) CHECK(*value == Approx(44.45));
  std::size_t points = 0;
  for (const SavedStep& step : ranked.save().steps) {
    CHECK(step.tally.points.size() <= Window::kMostPointsOfStep);
    CHECK(step.tally.count == 10000);
    points += step.tally.points.size();
  }
  CHECK(points <= Window::kMostPoints);
  CHECK(rank.save().steps.at(0).tally.points.empty());
}

TEST_CASE("Steps have a bound too when nobody ever asks for datapoints") {
  Window window = window_of("Average", seconds(1), 3);
  for (int i = 0; i < 10000; ++i) window.add(kHour + i * seconds(1), i);
  CHECK(window.save().steps.size() <= 8);
  CHECK(values(window, kHour + seconds(10000)) == Values{9995, 9996, 9997, 9998, 9999});
}

TEST_CASE("A clock that was set back leaves no results from the future behind") {
  Window window = window_of("Average", seconds(60), 1);
  window.add(kHour + seconds(7200), 5);
  CHECK(values(window, kHour + seconds(60)) == Values{kNone, kNone, kNone});
  window.add(kHour + seconds(60), 1);
  CHECK(values(window, kHour + seconds(120)) == Values{kNone, kNone, 1});
  CHECK(values(window, kHour + seconds(7260)) == Values{kNone, kNone, kNone});
}

TEST_CASE("The samples of the evaluated periods are counted, older ones are not") {
  Window window = window_of("p90", seconds(60), 2);
  for (int i = 0; i < 240; ++i) window.add(kHour + i * seconds(1), i);
  CHECK(window.samples(kHour + seconds(240)) == 120);
  CHECK(window.samples(kHour + seconds(60)) == 60);
}

TEST_CASE("Periods before the epoch are periods like others") {
  Window window = window_of("Average", seconds(60), 1);
  window.add(WallTime(seconds(-30)), 4);
  CHECK(values(window, WallTime(seconds(0))) == Values{kNone, kNone, 4});
}

TEST_CASE("A shape beyond CloudWatch's limits is refused") {
  for (int s : {1, 5, 10, 20, 30, 60, 120, 86400}) CHECK(check_window_shape(shape_of(seconds(s), 1)));
  for (int s : {-60, 0, 2, 15, 45, 61, 90})
    CHECK(refused(shape_of(seconds(s), 1), "allowed are 1s, 5s, 10s, 20s, 30s"));
  CHECK(refused(shape_of(milliseconds(1500), 1), "period 1.5s"));
  CHECK(check_window_shape(shape_of(seconds(60), 1440)));
  CHECK(refused(shape_of(seconds(60), 1441), "1441 periods of 1m are longer than 1d"));
  CHECK(check_window_shape(shape_of(seconds(3600), 168)));
  CHECK(refused(shape_of(seconds(3600), 169), "longer than"));
  CHECK(refused(shape_of(seconds(60), 0), "at least 1"));
  CHECK(refused(shape_of(seconds(120), 1, true), "on the wall clock"));
  CHECK(refused(shape_of(seconds(10), 1, true), "on the wall clock"));
}

TEST_CASE("Time in which nobody looked is no missing data") {
  Window window = window_of("Average", seconds(60), 3);
  for (int i = 0; i < 5; ++i) window.add(kHour + i * seconds(60), i);
  WallTime end = kHour + seconds(290), again = end + std::chrono::hours(9);  // in the fifth minute, which has a result
  Window other = window_of("Average", seconds(60), 3);
  REQUIRE(other.load(window.save()));
  other.pass_over(end, again);
  CHECK(values(other, again) == Values{kNone, 0, 1, 2, 3});
  CHECK(values(other, again + seconds(10)) == Values{0, 1, 2, 3, 4});
  CHECK(other.next(again) == again + seconds(10));
}

TEST_CASE("A period that was looked at in part is left out when it has no result, and counts when it has") {
  for (bool has_result : {false, true}) {
    INFO(has_result);
    Window window = window_of("Average", seconds(60), 3);
    for (int i = 0; i < 4; ++i) window.add(kHour + i * seconds(60), i);
    WallTime again = kHour + seconds(3600 + 5);
    window.pass_over(kHour + seconds(245), again);  // in a fifth minute without a result
    if (has_result) window.add(again + seconds(1), 9);
    WallTime over = kHour + seconds(3660);
    CHECK(values(window, over) == (has_result ? Values{0, 1, 2, 3, 9} : Values{kNone, 0, 1, 2, 3}));
    CHECK(values(window, over + seconds(60)) == (has_result ? Values{1, 2, 3, 9, kNone} : Values{0, 1, 2, 3, kNone}));
  }
}

TEST_CASE("However often the agent is started anew, windows go on as if it had not been away") {
  // Each life is shorter than a period and sees nothing.
  Window window = window_of("Average", seconds(1), 1);
  window.add(kHour, 5);
  WallTime now = kHour + milliseconds(1100);
  for (int i = 0; i < 100; ++i) {
    Window next = window_of("Average", seconds(1), 1);
    REQUIRE(next.load(window.save()));
    next.pass_over(now, now + milliseconds(1700));
    now += milliseconds(1700);
    window = next;
    now += milliseconds(300);
    static_cast<void>(window.datapoints(now));
  }
  Values last = values(window, now);
  CHECK(std::count(last.begin(), last.end(), std::optional<double>(5)) == 1);
}

TEST_CASE("A clock that was set takes the window along") {
  for (int hours : {-9, 9}) {
    INFO(hours);
    Window window = window_of("p90", seconds(10), 2);
    for (int i = 0; i < 4; ++i) window.add(kHour + i * seconds(10), i);
    WallTime before = kHour + seconds(40), after = before + std::chrono::hours(hours);
    window.pass_over(before, after);
    CHECK(values(window, after) == Values{0, 1, 2, 3});
    window.add(after, 4);
    CHECK(values(window, after + seconds(10)) == Values{1, 2, 3, 4});
  }
}

TEST_CASE("A saved window survives as bytes, and bytes of another kind are refused") {
  for (std::string_view statistic : {"p90", "Average", "TM(10:20)", "SampleCount"}) {
    INFO(statistic);
    Window window = window_of(statistic, seconds(60), 3);
    for (int i = 0; i < 300; ++i) window.add(kHour + i * seconds(1), i * 1.25);
    SavedWindow saved = window.save();
    std::string bytes = to_bytes(saved);
    auto read = from_bytes(bytes);
    REQUIRE(read);
    CHECK(*read == saved);
    for (std::size_t size = 0; size < bytes.size(); size += 7) CHECK_FALSE(from_bytes(bytes.substr(0, size)));
    CHECK_FALSE(from_bytes(bytes + "x"));
    CHECK_FALSE(from_bytes("\x02" + bytes.substr(1)));
  }
  CHECK_FALSE(from_bytes(""));
}

TEST_CASE("What is remembered of an alarm survives as bytes, and bytes of another kind are refused") {
  AlarmMemory memory{"1,5", kHour, true, 0.28, "2 of 3 datapoints", std::string("a\0b", 3)};
  std::string bytes = to_bytes(memory);
  REQUIRE(memory_from_bytes(bytes));
  CHECK(*memory_from_bytes(bytes) == memory);
  CHECK(*memory_from_bytes(to_bytes(AlarmMemory{})) == AlarmMemory{});
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(memory_from_bytes(bytes.substr(0, size)));
  CHECK_FALSE(memory_from_bytes(bytes + "x"));
}

TEST_CASE("No bytes can make a window that breaks its rules") {
  Window window = window_of("p90", seconds(60), 3);
  for (int i = 0; i < 100; ++i) window.add(kHour + i * seconds(2), i);
  const std::string good = to_bytes(window.save());
  std::uint32_t random = 1;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (int change = 0; change <= round % 3; ++change) {
      random = random * 1664525 + 1013904223;
      bytes[random / 7 % bytes.size()] = static_cast<char>(random >> 24);
    }
    auto read = from_bytes(bytes);
    if (!read) continue;
    Window other = window_of("p90", seconds(60), 3);
    static_cast<void>(other.load(*read));
    other.pass_over(kHour, kHour + seconds(500));
    CHECK(other.datapoints(kHour + seconds(600)).size() == 5);
    CHECK(other.save().steps.size() <= 8);
  }
}
