#include "github/budget.h"

#include "support/catch.h"

using namespace vedette;

namespace {

constexpr Time kStart = Time(std::chrono::hours(1000));
constexpr Time kHourLater = kStart + std::chrono::hours(1);

Budget budget() {
  Budget::Options options;
  options.at_once = 1000;
  options.per_minute = 6'000'000;
  return Budget(options);
}

bool may_go(const Budget& budget, Time at, Purpose purpose = Purpose::live, const std::string& credential = "a",
            const std::string& resource = "core") {
  return budget.ready_at(credential, resource, purpose, at) <= at;
}

}  // namespace

TEST_CASE("Of every quota a reserve is left, and the first fill leaves more") {
  Budget some = budget();
  CHECK(may_go(some, kStart));  // nothing is known: as much as one likes
  some.quota("a", "core", 1000, 551, kHourLater);
  CHECK(may_go(some, kStart, Purpose::fill));
  some.quota("a", "core", 1000, 550, kHourLater);
  CHECK(some.ready_at("a", "core", Purpose::fill, kStart) == kHourLater);
  CHECK(may_go(some, kStart));
  some.quota("a", "core", 1000, 100, kHourLater);
  CHECK(some.ready_at("a", "core", Purpose::live, kStart) == kHourLater);
  CHECK(may_go(some, kStart, Purpose::live, "a", "graphql"));
  CHECK(may_go(some, kStart, Purpose::live, "b"));
  CHECK(may_go(some, kHourLater));
}

TEST_CASE("What is under way counts until its answer is there") {
  Budget some = budget();
  some.quota("a", "core", 1000, 102, kHourLater);
  some.leaves("a", "core", kStart);
  CHECK(may_go(some, kStart));
  some.leaves("a", "core", kStart);
  CHECK_FALSE(may_go(some, kStart));
  some.quota("a", "core", 1000, 102, kHourLater);  // the first answer: nothing has changed, which costs nothing
  some.ended("a", "core");
  CHECK(may_go(some, kStart));
  some.ended("a", "core");
  CHECK(some.under_way() == 0);
  some.quota("a", "core", 1000, 990, kHourLater + std::chrono::hours(1));  // the next hour
  CHECK(may_go(some, kStart, Purpose::fill));
}

TEST_CASE("A quota that is used up parks one credential and resource, and nothing else") {
  Budget some = budget();
  some.exhausted("a", "core", kStart + seconds(90));
  CHECK(some.ready_at("a", "core", Purpose::live, kStart) == kStart + seconds(90));
  CHECK(may_go(some, kStart, Purpose::live, "a", "search"));
  CHECK(may_go(some, kStart, Purpose::live, "b", "core"));
  some.quota("a", "core", 1000, 1000, kHourLater);  // an answer that was under way takes nothing back
  CHECK_FALSE(may_go(some, kStart + seconds(89)));
  CHECK(may_go(some, kStart + seconds(90)));
}

TEST_CASE("A warning stops the whole host for as long as it says, else longer each time") {
  Budget some = budget();
  some.slow_down(seconds(30), kStart);
  CHECK(some.host_rests_until() == kStart + seconds(30));
  CHECK_FALSE(may_go(some, kStart + seconds(29), Purpose::live, "b", "graphql"));
  CHECK(may_go(some, kStart + seconds(30)));
  Time at = kStart + seconds(100);
  for (int expected : {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
    some.slow_down({}, at);
    CHECK(some.host_rests_until() == at + seconds(expected));
    at += seconds(expected);
    some.went_well(at);
  }
  at += std::chrono::hours(2);
  some.went_well(at);
  some.slow_down({}, at);
  CHECK(some.host_rests_until() == at + seconds(60));
}

TEST_CASE("A shorter warning never ends a longer one") {
  Budget some = budget();
  some.slow_down(seconds(600), kStart);
  some.slow_down(seconds(5), kStart + seconds(1));
  CHECK(some.host_rests_until() == kStart + seconds(600));
}

TEST_CASE("Requests leave at a bounded rate after a burst, and only so many at once") {
  Budget::Options options;
  options.at_once = 100;
  options.per_minute = 60;
  Budget some(options);
  for (int i = 0; i < 30; ++i) some.leaves("a", "core", kStart);
  CHECK(may_go(some, kStart));
  some.leaves("a", "core", kStart);
  CHECK(some.ready_at("a", "core", Purpose::live, kStart) == kStart + seconds(1));
  CHECK(may_go(some, kStart + seconds(1)));
  int gone = 0;
  for (Time at = kStart + seconds(1); at < kStart + seconds(601); at += milliseconds(100)) {
    if (!may_go(some, at)) continue;
    some.leaves("a", "core", at);
    some.ended("a", "core");
    ++gone;
  }
  CHECK(gone >= 599);
  CHECK(gone <= 601);

  options.at_once = 2;
  Budget narrow(options);
  narrow.leaves("a", "core", kStart);
  CHECK(may_go(narrow, kStart));
  narrow.leaves("a", "core", kStart);
  CHECK(narrow.ready_at("a", "core", Purpose::live, kStart) == Time::max());
  narrow.ended("a", "core");
  CHECK(may_go(narrow, kStart));
}

TEST_CASE("A credential that is refused is left alone for longer each time, the others are not") {
  Budget some = budget();
  Time at = kStart;
  for (int minutes : {30, 60, 120, 240, 480, 480}) {
    some.refused("a", {}, at);
    CHECK(some.ready_at("a", "core", Purpose::live, at) == at + std::chrono::minutes(minutes));
    CHECK(may_go(some, at, Purpose::live, "b"));
    at += std::chrono::minutes(minutes);
  }
  some.refused("a", std::chrono::hours(24), at);
  CHECK(some.ready_at("a", "core", Purpose::live, at) == at + std::chrono::hours(24));
  some.accepted("a");
  CHECK(may_go(some, at));
}
