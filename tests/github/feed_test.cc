#include "github/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

#include "support/catch.h"

using namespace vedette;

namespace {

constexpr WallTime kStart = WallTime(seconds(1'800'000'000));

Result<std::vector<FeedItem>> read(const std::string& text) {
  auto parsed = Json::parse(text);
  INFO(text);
  REQUIRE(parsed);
  return read_feed(*parsed);
}

FeedItem item(std::int64_t number, WallTime updated) {
  FeedItem one;
  one.number = number;
  one.created = kStart;
  one.updated = updated;
  return one;
}

/// GitHub's list as a set of items in the order of their change, whose times are whole seconds.
struct List {
  std::vector<FeedItem> items;

  std::vector<FeedItem> since(WallTime from) const {
    std::vector<FeedItem> found;
    std::copy_if(items.begin(), items.end(), std::back_inserter(found),
                 [&](const FeedItem& i) { return i.updated >= from; });
    std::stable_sort(found.begin(), found.end(),
                     [](const FeedItem& a, const FeedItem& b) { return a.updated < b.updated; });
    return found;
  }
};

}  // namespace

TEST_CASE("Issues and pull requests are told apart, with all that counts") {
  auto items = read(R"([
    {"number": 1, "state": "closed", "state_reason": "not_planned", "user": {"id": 7, "login": "ann"},
     "assignees": [{"id": 8, "login": "bob"}], "closed_by": {"id": 9, "login": "eve"},
     "created_at": "2026-11-18T08:00:00Z", "updated_at": "2026-11-19T08:00:01Z", "closed_at": "2026-11-19T08:00:00Z"},
    {"number": 2, "state": "closed", "draft": true, "user": null, "created_at": "2026-11-18T08:00:00Z",
     "updated_at": "2026-11-19T08:00:01Z", "closed_at": "2026-11-19T08:00:00Z",
     "pull_request": {"url": "u", "merged_at": "2026-11-19T08:00:00Z"}},
    {"number": 3, "state": "open", "state_reason": "reopened", "created_at": "2026-11-18T08:00:00Z",
     "updated_at": "2026-11-19T08:00:01Z", "closed_at": null, "pull_request": {"merged_at": null}}])");
  REQUIRE(items);
  REQUIRE(items->size() == 3);
  const FeedItem &issue = items->at(0), &pull = items->at(1), &open = items->at(2);
  CHECK_FALSE(issue.pull_request);
  CHECK_FALSE(issue.open);
  CHECK(issue.reason == FeedItem::Reason::not_planned);
  CHECK(issue.author.id == 7);
  CHECK(issue.assignees.at(0).login == "bob");
  CHECK(issue.closed_by->id == 9);
  CHECK(pull.pull_request);
  CHECK(pull.draft);
  CHECK(pull.author == GithubPerson{});
  CHECK(format_utc(*pull.merged) == "2026-11-19T08:00:00.000Z");
  CHECK(open.open);
  CHECK(open.reason == FeedItem::Reason::reopened);
  CHECK_FALSE(open.merged);
  CHECK_FALSE(open.closed);
  CHECK_FALSE(open.closed_by);
}

TEST_CASE("A list that holds what is no issue is no list") {
  for (const std::string text :
       {"{}", "null", "[{}]",
        R"([{"number": 0, "created_at": "2026-11-18T08:00:00Z", "updated_at": "2026-11-18T08:00:00Z"}])",
        R"([{"number": 1, "created_at": "yesterday", "updated_at": "2026-11-18T08:00:00Z"}])"}) {
    INFO(text);
    CHECK_FALSE(read(text));
  }
  CHECK(read("[]")->empty());
}

TEST_CASE("The question begins where the last answer ended, and a bit before when one only looks") {
  FeedCursor none, some{kStart};
  const std::string all = "/repos/o/r/issues?state=all&sort=updated&direction=asc&per_page=100";
  CHECK(feed_address("o/r", none, true) == all);
  CHECK(feed_address("o/r", some, false) == all + "&since=2027-01-15T08:00:00Z");
  CHECK(feed_address("o/r", some, true) == all + "&since=2027-01-15T07:55:00Z");
  CHECK(feed_address("o/r", some, true) == feed_address("o/r", some, true));  // so that nothing new costs nothing
}

TEST_CASE("A walk misses nothing, though items change while it goes on") {
  std::mt19937 dice(7);
  for (int round = 0; round < 200; ++round) {
    List list;
    const int count = 1 + static_cast<int>(dice() % 60);
    const std::size_t page_size = 1 + dice() % 7;
    for (int n = 1; n <= count; ++n) list.items.push_back(item(n, kStart + seconds(dice() % 20)));
    WallTime clock = kStart + seconds(20);
    std::set<std::pair<std::int64_t, WallTime>> seen;
    FeedWalk walk{FeedCursor{}};
    std::size_t offset = 0;
    int questions = 0;
    for (auto next = FeedWalk::Next::from_cursor; next != FeedWalk::Next::done; ++questions) {
      REQUIRE(questions < 1000);
      const std::vector<FeedItem> all = list.since(walk.cursor().seen);
      std::vector<FeedItem> page(all.begin() + static_cast<std::ptrdiff_t>(std::min(offset, all.size())),
                                 all.begin() + static_cast<std::ptrdiff_t>(std::min(offset + page_size, all.size())));
      for (const FeedItem& one : page) seen.insert({one.number, one.updated});
      next = walk.take(page, offset + page_size < all.size());
      offset = next == FeedWalk::Next::next_page ? offset + page_size : 0;
      if (questions < 30 && dice() % 2 == 0) {
        clock += seconds(1);
        list.items[dice() % list.items.size()].updated = clock;
      }
    }
    // What changed after the last answer comes with the next question.
    for (const FeedItem& one : list.since(walk.cursor().seen)) seen.insert({one.number, one.updated});
    for (const FeedItem& one : list.items) {
      INFO("round " << round << ", item " << one.number);
      CHECK(seen.count({one.number, one.updated}) == 1);
    }
  }
}
