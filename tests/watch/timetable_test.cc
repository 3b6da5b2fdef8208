#include "watch/timetable.h"

#include <algorithm>

#include "support/catch.h"
#include "watch/plans.h"

using namespace vedette;

namespace {

constexpr Time kStart = Time(seconds(1000));

// All departures up to `end`, looking every 5 ms; each run ends after `lasts`.
struct Walk {
  Timetable table{Time{}};
  std::vector<std::pair<Time, std::shared_ptr<Turn>>> running;
  std::vector<std::pair<std::string, Time>> started;

  void until(Time from, Time end, Duration lasts) {
    for (Time at = from; at <= end; at += milliseconds(5)) {
      for (auto& [when, turn] : running) {
        if (turn && when <= at) {
          table.ended(*turn);
          turn.reset();
        }
      }
      for (auto& departure : table.depart(at)) {
        started.emplace_back(departure.turn->job->target.name, departure.due);
        running.emplace_back(at + lasts, departure.turn);
      }
    }
  }
  std::vector<Time> starts_of(const std::string& name) const {
    std::vector<Time> times;
    for (const auto& [who, due] : started) {
      if (who == name) times.push_back(due);
    }
    return times;
  }
};

}  // namespace

TEST_CASE("Ticks follow each other without a gap while there is work") {
  const Duration tick = milliseconds(5);
  // Woken a little after a tick with the next target long due: the next tick, not the one after it.
  for (Duration late : {Duration(0), Duration(1), Duration(milliseconds(1)), Duration(milliseconds(5)) - Duration(1)}) {
    CHECK(tick_after(Time::min(), kStart + late, tick) == kStart + tick);
    CHECK(tick_after(kStart + milliseconds(3), kStart + late, tick) == kStart + tick);
  }
  CHECK(tick_after(kStart + milliseconds(10), kStart, tick) == kStart + milliseconds(10));
  CHECK(tick_after(kStart + milliseconds(10) + Duration(1), kStart, tick) == kStart + milliseconds(15));
}

TEST_CASE("A target departs once an interval without drift") {
  Walk walk;
  walk.table.replace(make_plan_of({make_job("shop", seconds(1))}), kStart);
  walk.until(kStart, kStart + seconds(100), milliseconds(3));
  auto times = walk.starts_of("shop");
  REQUIRE(times.size() == 100);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] == Duration(seconds(1)));
}

TEST_CASE("Targets are spread evenly over the interval, also when their names are alike") {
  std::vector<std::shared_ptr<Job>> jobs;
  for (int i = 0; i < 1000; ++i) jobs.push_back(make_job("target-" + std::to_string(i), seconds(10)));
  Walk walk;
  walk.table.replace(make_plan_of(std::move(jobs), 1000), kStart);
  walk.until(kStart, kStart + seconds(10), milliseconds(0));
  REQUIRE(walk.started.size() == 1000);
  std::vector<int> per_second(10);
  for (const auto& [name, due] : walk.started) ++per_second[static_cast<std::size_t>((due - kStart) / seconds(1)) % 10];
  for (int count : per_second) {
    CHECK(count > 60);
    CHECK(count < 140);
  }
}

TEST_CASE("A slot belongs to the name, so a restarted timetable keeps it") {
  Timetable first{Time{}}, second{Time{}};
  Time slot = first.slot_after("shop", seconds(60), kStart);
  CHECK(second.slot_after("shop", seconds(60), kStart + seconds(600)) == slot + Duration(seconds(600)));
}

TEST_CASE("A run that outlasts its interval skips slots and never runs twice at once") {
  Walk walk;
  int skips = 0;
  walk.table.on_skip = [&](const Turn&) { ++skips; };
  walk.table.replace(make_plan_of({make_job("slow", seconds(1))}), kStart);
  walk.until(kStart, kStart + seconds(20), milliseconds(2500));
  CHECK(walk.started.size() == 7);  // every third slot of 20
  CHECK(walk.table.skipped().running == 13);
  CHECK(skips == 13);
}

TEST_CASE("No more than the limit is in flight, and what waits starts when something ends") {
  std::vector<std::shared_ptr<Job>> jobs;
  for (int i = 0; i < 50; ++i) jobs.push_back(make_job("t" + std::to_string(i), seconds(1)));
  Timetable table{Time{}};
  table.replace(make_plan_of(std::move(jobs), 10), kStart);
  auto first = table.depart(kStart + seconds(1));
  CHECK(first.size() == 10);
  CHECK(table.depart(kStart + seconds(1)).empty());
  CHECK(table.next() > kStart + seconds(1));
  table.ended(*first[0].turn);
  table.ended(*first[1].turn);
  CHECK(table.next() == Time::min());
  auto more = table.depart(kStart + seconds(1) + milliseconds(1));
  REQUIRE(more.size() == 2);
  CHECK(more[0].due <= kStart + seconds(1));
  CHECK(table.flights() == 10);
}

TEST_CASE("Slots of an agent that slept are counted and not made up for") {
  Timetable table{Time{}};
  table.replace(make_plan_of({make_job("shop", seconds(1))}), kStart);
  CHECK(table.depart(kStart + seconds(3600)).size() == 1);
  CHECK(table.skipped().asleep == 3599);
  CHECK(table.next() > kStart + seconds(3600));
}

TEST_CASE("A reload keeps the slot of a target that stays, also while it runs") {
  Timetable table{Time{}};
  table.replace(make_plan_of({make_job("shop", seconds(10)), make_job("old", seconds(10))}), kStart);
  auto departures = table.depart(kStart + seconds(10));
  REQUIRE(departures.size() == 2);
  Time next = table.next();
  auto shop = departures[departures[0].turn->job->target.name == "shop" ? 0 : 1];
  auto old = departures[departures[0].turn->job->target.name == "shop" ? 1 : 0];
  table.replace(make_plan_of({make_job("shop", seconds(10)), make_job("young", seconds(10))}),
                kStart + seconds(10) + milliseconds(1));
  CHECK(old.turn->gone);
  CHECK_FALSE(shop.turn->gone);
  CHECK(shop.turn->running);
  CHECK(shop.turn->due == shop.due + Duration(seconds(10)));
  CHECK(table.next() <= std::max(next, shop.turn->due));
  table.ended(*shop.turn);
  table.ended(*old.turn);
  CHECK(table.flights() == 0);
}

TEST_CASE("A target with a new interval gets a new slot after now") {
  Timetable table{Time{}};
  table.replace(make_plan_of({make_job("shop", seconds(3600))}), kStart);
  table.replace(make_plan_of({make_job("shop", seconds(1))}), kStart);
  CHECK(table.next() > kStart);
  CHECK(table.next() <= kStart + seconds(1));
}

TEST_CASE("Nothing departs from a closed timetable") {
  Timetable table{Time{}};
  table.replace(make_plan_of({make_job("shop", seconds(1))}), kStart);
  table.close();
  CHECK(table.depart(kStart + seconds(10)).empty());
  CHECK(table.next() == Time::max());
}
