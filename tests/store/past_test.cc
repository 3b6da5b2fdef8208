#include "store/past.h"

#include <algorithm>

#include "store/stores.h"

namespace vedette {
namespace {

/// Every page, one after the other.
std::vector<Transition> all_pages(Store& store, TransitionQuery query, std::size_t* pages = nullptr) {
  std::vector<Transition> all;
  for (std::size_t count = 1;; ++count) {
    const auto page = store.transitions(query);
    if (!page) FAIL(page.error().message);
    CHECK(page->rows.size() <= query.limit);
    for (const StoredTransition& row : page->rows) all.push_back(row.transition);
    if (pages) *pages = count;
    if (page->next.empty()) return all;
    query.after = page->next;
  }
}

std::size_t count(Store& store, const TransitionQuery& query) { return rows(store, query).size(); }

TEST_CASE("pages follow one another without gap or overlap, also where many rows have the same time") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  std::vector<Transition> expected;
  for (int i = 0; i < 100; ++i) expected.push_back(transition("t" + std::to_string(i % 10), "slow", i / 10));
  for (const Transition& one : expected) record(*store, one);
  std::sort(expected.begin(), expected.end(),
            [](const auto& a, const auto& b) { return std::tie(a.at, a.target) > std::tie(b.at, b.target); });
  // Half of the rows of the first page may be pending still: no reader can tell.
  for (const bool written : {false, true}) {
    if (written) CHECK(store->flush(kLongEnough));
    for (const std::size_t limit : {1u, 7u, 10u, 50u, 99u, 100u, 1000u}) {
      TransitionQuery query;
      query.limit = limit;
      std::size_t pages = 0;
      CHECK(all_pages(*store, query, &pages) == expected);
      CHECK(pages == (expected.size() + limit - 1) / limit);
    }
  }
}

TEST_CASE("rows that come in while one reads do not move the pages") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  for (int i = 0; i < 10; ++i) record(*store, transition("shop", "slow", i));
  TransitionQuery query;
  query.limit = 5;
  const auto first = store->transitions(query);
  REQUIRE(first);
  for (int i = 10; i < 20; ++i) record(*store, transition("shop", "slow", i));
  query.after = first->next;
  const auto second = rows(*store, query);
  REQUIRE(second.size() == 5);
  CHECK(second.front().at == moment(4));
}

TEST_CASE("each filter keeps what it names, written or not") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  Transition ok = transition("shop", "slow", 30, AlarmState::ok);
  ok.labels = {{"severity", "info"}, {"team", "web"}, {"odd name'", "a\"b\\c\n%_"}};
  record(*store, transition("shop", "slow", 10));
  record(*store, transition("blog", "down", 20));
  record(*store, ok);
  for (const bool written : {false, true}) {
    if (written) CHECK(store->flush(kLongEnough));
    const auto with = [&](auto set) {
      TransitionQuery query;
      set(query);
      return count(*store, query);
    };
    CHECK(with([](auto& q) { q.target = "shop"; }) == 2);
    CHECK(with([](auto& q) { q.target = "Shop"; }) == 0);
    CHECK(with([](auto& q) { q.alarm = "down"; }) == 1);
    CHECK(with([](auto& q) { q.agent = "here"; }) == 3);
    CHECK(with([](auto& q) { q.agent = "there"; }) == 0);
    CHECK(with([](auto& q) { q.state = AlarmState::ok; }) == 1);
    CHECK(with([](auto& q) { q.state = AlarmState::insufficient_data; }) == 0);
    CHECK(with([](auto& q) { q.since = moment(20); }) == 2);
    CHECK(with([](auto& q) { q.until = moment(20); }) == 1);
    CHECK(with([](auto& q) { q.since = q.until = moment(20); }) == 0);
    CHECK(with([](auto& q) { q.labels = {{"severity", "critical"}}; }) == 2);
    CHECK(with([](auto& q) { q.labels = {{"severity", "critical"}, {"team", "web"}}; }) == 2);
    CHECK(with([](auto& q) { q.labels = {{"severity", "critical"}, {"team", "db"}}; }) == 0);
    CHECK(with([](auto& q) { q.labels = {{"team", "we"}}; }) == 0);
    CHECK(with([](auto& q) { q.labels = {{"odd name'", "a\"b\\c\n%_"}}; }) == 1);
    CHECK(with([](auto& q) { q.labels = {{"odd name'", "a\"b\\c\n%%"}}; }) == 0);
    CHECK(with([](auto& q) {
            q.target = "shop", q.alarm = "slow", q.labels = {{"team", "web"}}, q.since = moment(11);
          }) == 1);
  }
}

TEST_CASE("texts that look like SQL or like JSON are texts") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  const std::vector<std::string> odd{"'; DROP TABLE transitions; --",
                                     "\" OR 1=1",
                                     "$1",
                                     "?1",
                                     "%_\\",
                                     "{}[]\\u0041",
                                     "\x01\x1f\t\r\n",
                                     "\xf0\x9f\x92\xa5 \xe2\x80\xae",
                                     std::string(100'000, 'x')};
  for (std::size_t i = 0; i < odd.size(); ++i) {
    Transition one = transition(odd[i], odd[i], static_cast<std::int64_t>(i));
    one.labels = {{odd[i], odd[i]}};
    one.reason = odd[i];
    record(*store, one);
    CHECK(store->flush(kLongEnough));
    TransitionQuery query;
    query.target = query.alarm = odd[i];
    query.labels = one.labels;
    CHECK(rows(*store, query) == std::vector{one});
  }
  CHECK(rows(*store).size() == odd.size());
  CHECK(store_metric(*store, "vedette_store_dropped_rows_total") == 0);
}

TEST_CASE("bytes that are no text are replaced, and can be asked for as they were") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  const std::string broken("a\xff\0b\xc3", 5), clean =
                                                   "a\xef\xbf\xbd\xef\xbf\xbd"
                                                   "b\xef\xbf\xbd";
  Transition one = transition(broken, broken, 1);
  one.labels = {{broken, broken}};
  one.reason = broken;
  record(*store, one);
  CHECK(store->flush(kLongEnough));
  TransitionQuery query;
  query.target = broken;
  query.labels = one.labels;
  const auto found = rows(*store, query);
  REQUIRE(found.size() == 1);
  CHECK(found[0].target == clean);
  CHECK(found[0].reason == clean);
  CHECK(found[0].labels == Labels{{clean, clean}});
  store->forget({{broken, broken}});
  CHECK(load(*store).empty());
}

TEST_CASE("a position is read back, and anything else is none") {
  const Position position{moment(5), "agent", "https://shop/?a=b&c=d", "slow"};
  const auto text = position_text(position);
  CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
  const auto read = parse_position(text);
  REQUIRE(read);
  CHECK(read->at == position.at);
  CHECK(read->target == position.target);
  for (const char* wrong : {"", "x", "!!!!", "YQ", "MQBhAGI", "MQBhAGIAYwBk", "_____w"})
    CHECK_FALSE(parse_position(wrong));
  auto store = open_store("memory:");
  TransitionQuery query;
  query.after = "nonsense";
  CHECK_FALSE(store->transitions(query));
}

}  // namespace
}  // namespace vedette
