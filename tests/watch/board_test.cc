#include "watch/board.h"

#include "support/catch.h"
#include "watch/plans.h"

using namespace vedette;

namespace {

ProbeResult up(double seconds_taken = 0.05) {
  ProbeResult result;
  result.elapsed = from_seconds(seconds_taken);
  result.at = WallTime(seconds(100));
  return result;
}

ProbeResult down(Reason reason) {
  ProbeResult result = up(2);
  result.failure = Failure{Phase::connect, reason, "why"};
  return result;
}

}  // namespace

TEST_CASE("The board counts results, fills buckets and keeps the latest numbers") {
  Board board;
  auto job = make_job("shop", seconds(1));
  board.replace(make_plan_of({job}));
  board.record(*job, up());
  board.record(*job, up(0.5));
  board.record(*job, down(Reason::timeout));
  board.count_skip(*job);
  Snapshot snapshot = board.snapshot();
  REQUIRE(snapshot.rows.size() == 1);
  const TargetRow& row = snapshot.rows[0];
  CHECK(row.successes == 2);
  CHECK(row.failures == 1);
  CHECK(row.skipped == 1);
  CHECK(row.failed);
  CHECK(row.reason == Reason::timeout);
  CHECK(row.last_duration == 2);
  CHECK(row.duration_sum == Approx(2.55));
  std::vector<double> counts(snapshot.numbers.begin() + row.counts, snapshot.numbers.begin() + row.counts + 3);
  CHECK(counts == std::vector<double>{1, 1, 1});
}

TEST_CASE("Only a change of state is told: first, down, for another reason, up again") {
  Board board;
  auto job = make_job("shop", seconds(1));
  board.replace(make_plan_of({job}));
  auto first = board.record(*job, up());
  REQUIRE(first);
  CHECK(first->first);
  CHECK_FALSE(board.record(*job, up()));
  REQUIRE(board.record(*job, down(Reason::timeout)));
  CHECK_FALSE(board.record(*job, down(Reason::timeout)));
  auto other = board.record(*job, down(Reason::connect_refused));
  REQUIRE(other);
  CHECK(other->before->reason == Reason::timeout);
  auto again = board.record(*job, up());
  REQUIRE(again);
  CHECK(again->before);
  CHECK_FALSE(again->first);
}

TEST_CASE("A reload keeps the numbers of a target whose labels stay and drops those of one that left") {
  Board board;
  auto shop = make_job("shop", seconds(1)), gone = make_job("gone", seconds(1));
  board.replace(make_plan_of({gone, shop}));
  board.record(*shop, up());
  board.record(*gone, up());
  auto slower = make_job("shop", seconds(5));
  board.replace(make_plan_of({slower}));
  board.record(*slower, up());
  board.record(*gone, up());  // a run that ended after its target had left
  Snapshot snapshot = board.snapshot();
  REQUIRE(snapshot.rows.size() == 1);
  CHECK(snapshot.rows[0].successes == 2);
}

TEST_CASE("A target with other labels is another series and starts at zero") {
  Board board;
  auto before = make_job("shop", seconds(1), {{"team", "web"}});
  board.replace(make_plan_of({before}));
  board.record(*before, up());
  auto after = make_job("shop", seconds(1), {{"team", "core"}});
  board.replace(make_plan_of({after}));
  CHECK(board.snapshot().rows[0].successes == 0);
  CHECK_FALSE(board.snapshot().rows[0].ran);
  board.record(*before, up());  // began before the reload
  CHECK(board.snapshot().rows[0].successes == 0);
}
