// One Alertmanager's queue, on made-up times.

#include "alarm/outbox.h"

#include <algorithm>

#include "support/catch.h"

using namespace vedette;

namespace {

constexpr Outbox::Pace kPace{seconds(60), seconds(1), seconds(30)};
const Time kStart{seconds(1000)};

/// An outbox whose first round has begun and whose greeting was taken.
Outbox greeted() {
  Outbox outbox(kPace);
  outbox.begin_round({}, kStart);
  outbox.take();
  outbox.taken();
  return outbox;
}

std::vector<std::string> keys_of(const Outbox::Batch& batch) {
  std::vector<std::string> keys;
  for (const auto& item : batch) keys.push_back(item.key);
  return keys;
}

using Keys = std::vector<std::string>;

std::string numbered(int i) { return "alert " + std::to_string(1000 + i); }

}  // namespace

TEST_CASE("An outbox greets at once, and then at every round in which there is nothing to tell") {
  Outbox outbox(kPace);
  CHECK(outbox.round_is_due(kStart));
  CHECK(outbox.next() <= kStart);
  outbox.begin_round({}, kStart);
  CHECK(outbox.take().empty());
  outbox.taken();
  CHECK(outbox.next() == kStart + seconds(60));
  CHECK_FALSE(outbox.round_is_due(kStart + seconds(59)));
  outbox.begin_round({}, kStart + seconds(60));
  CHECK(outbox.next() <= kStart);
  CHECK(outbox.take().empty());
}

TEST_CASE("News is told at once and once, and a round tells everything again without a greeting") {
  Outbox outbox = greeted();
  outbox.add("b");
  outbox.add("a");
  outbox.add("a");
  CHECK(outbox.untold() == 2);
  CHECK(outbox.next() <= kStart);
  CHECK(keys_of(outbox.take()) == Keys{"a", "b"});
  CHECK(outbox.untold() == 2);
  outbox.taken();
  CHECK(outbox.untold() == 0);
  CHECK(outbox.next() == kStart + seconds(60));
  outbox.begin_round({"a", "b"}, kStart + seconds(60));
  CHECK(keys_of(outbox.take()) == Keys{"a", "b"});
  outbox.taken();
  CHECK(outbox.next() == kStart + seconds(120));
}

TEST_CASE("A post has at most 64 alerts, and news goes before what is told again") {
  Outbox outbox = greeted();
  Keys all;
  for (int i = 0; i < 70; ++i) all.push_back(numbered(i));
  outbox.begin_round(all, kStart + seconds(60));
  outbox.add("zebra");
  Keys first = keys_of(outbox.take());
  CHECK(first.size() == 64);
  CHECK(first.front() == "zebra");
  outbox.taken();
  CHECK(outbox.take().size() == 7);
}

TEST_CASE("What changes while a post is under way is told again, whether the post is taken or fails") {
  for (bool taken : {true, false}) {
    Outbox outbox = greeted();
    outbox.add("a");
    outbox.take();
    outbox.add("a");
    CHECK(outbox.untold() == 1);
    taken ? outbox.taken() : outbox.failed(kStart, {});
    CHECK(outbox.untold() == 1);
    CHECK(keys_of(outbox.take()) == Keys{"a"});
  }
}

TEST_CASE("After failures the pause doubles up to its bound, and the first success ends it") {
  Outbox outbox = greeted();
  outbox.add("a");
  Time at = kStart;
  for (int pause : {1, 2, 4, 8, 16, 30, 30}) {
    outbox.take();
    outbox.failed(at, {});
    CHECK(outbox.next() == at + seconds(pause));
    at = outbox.next();
  }
  CHECK(outbox.untold() == 1);
  CHECK(keys_of(outbox.take()) == Keys{"a"});
  outbox.taken();
  outbox.add("b");
  CHECK(outbox.next() <= kStart);
}

TEST_CASE("News since a failure waits for the first retry only, unless the Alertmanager asked for more") {
  Outbox outbox = greeted();
  outbox.add("a");
  for (int i = 0; i < 4; ++i) {
    outbox.take();
    outbox.failed(kStart, {});
  }
  CHECK(outbox.next() == kStart + seconds(8));
  outbox.add("b");
  CHECK(outbox.next() == kStart + seconds(1));
  outbox.take();
  outbox.failed(kStart, seconds(20));
  outbox.add("c");
  CHECK(outbox.next() == kStart + seconds(20));
  outbox.hurry(kStart);
  CHECK(outbox.next() == kStart + seconds(20));
  outbox.take();
  outbox.failed(kStart, seconds(86'400));
  CHECK(outbox.next() == kStart + seconds(60));
}

TEST_CASE("One bad alert among 64 is found by halving, and the others are taken") {
  Outbox outbox = greeted();
  for (int i = 0; i < 64; ++i) outbox.add(numbered(i));
  std::size_t posts = 0, good = 0;
  Keys bad;
  while (outbox.untold() > 0) {
    REQUIRE(++posts < 20);
    Keys keys = keys_of(outbox.take());
    if (std::find(keys.begin(), keys.end(), numbered(37)) == keys.end()) {
      good += keys.size();
      outbox.taken();
    } else if (outbox.refused()) {
      bad.push_back(keys.front());
    }
  }
  CHECK(good == 63);
  CHECK(bad == Keys{numbered(37)});
  CHECK(posts == 13);
}

TEST_CASE("What was refused goes alone and last, and is new again only after it was taken") {
  Outbox outbox = greeted();
  outbox.add("bad");
  outbox.take();
  CHECK(outbox.refused());
  outbox.begin_round({"bad", "c", "d"}, kStart + seconds(60));
  CHECK(keys_of(outbox.take()) == Keys{"c", "d"});
  outbox.taken();
  CHECK(keys_of(outbox.take()) == Keys{"bad"});
  CHECK_FALSE(outbox.refused());
  CHECK(outbox.next() == kStart + seconds(120));
  outbox.add("bad");
  CHECK(keys_of(outbox.take()) == Keys{"bad"});
  outbox.taken();
  outbox.add("bad");
  outbox.take();
  CHECK(outbox.refused());
}

TEST_CASE("Who refuses an alert before anything was taken is greeted; in vain: it has failed, and nothing is lost") {
  Outbox outbox(kPace);
  outbox.begin_round({}, kStart);
  outbox.add("a");
  outbox.add("b");
  outbox.take();
  outbox.refused();
  CHECK(keys_of(outbox.take()) == Keys{"a"});
  outbox.refused();
  CHECK(outbox.take().empty());
  outbox.failed(kStart, {});
  CHECK(outbox.untold() == 2);
  CHECK(outbox.next() == kStart + seconds(1));
  CHECK(outbox.take().empty());  // it greets until that is taken
  outbox.taken();
  CHECK(keys_of(outbox.take()) == Keys{"b"});
}

TEST_CASE("What is dropped is told no more, wherever it waits") {
  Outbox outbox = greeted();
  for (int i = 0; i < 4; ++i) outbox.add(numbered(i));
  outbox.take();
  outbox.halve();
  outbox.drop(numbered(3));
  outbox.take();
  CHECK(outbox.holds_news(numbered(1)));
  outbox.drop(numbered(1));
  CHECK_FALSE(outbox.holds_news(numbered(1)));
  outbox.failed(kStart, {});
  CHECK(keys_of(outbox.take()) == Keys{numbered(0), numbered(2)});
}
