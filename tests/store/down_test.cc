// What the store does while its database cannot be written to.

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <fstream>

#include "store/stores.h"
#include "support/soon.h"

namespace vedette {
namespace {

/// No file of this process may grow beyond this: as on a full disk, for any user.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    previous_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit full = before_;
    full.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &full);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, previous_);
  }

 private:
  rlimit before_{};
  void (*previous_)(int) = nullptr;
};

Transition large(int second) {
  Transition one = transition("shop", "slow", second);
  one.reason = std::string(20'000, 'r');
  return one;
}

TEST_CASE("while the disk is full all rows wait and can be asked for, and then they are written") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  record(*store, transition("shop", "slow", 0));
  CHECK(store->flush(kLongEnough));
  {
    const FullDisk full(64 * 1024);
    for (int i = 1; i <= 20; ++i) record(*store, large(i));
    store->save({saved("blog", "down", 1)});
    CHECK_FALSE(store->flush(milliseconds(500)));
    CHECK(store_metric(*store, "vedette_store_up") == 0);
    CHECK(store_metric(*store, "vedette_store_pending_rows") == 22);
    CHECK(store_metric(*store, "vedette_store_writes_total", "failed") >= 1);
    CHECK(rows(*store).size() == 21);
    CHECK(load(*store).size() == 2);
  }
  CHECK(store->flush(kLongEnough));
  CHECK(store_metric(*store, "vedette_store_up") == 1);
  CHECK(store_metric(*store, "vedette_store_pending_rows") == 0);
  store.reset();
  store = open_store(folder.url());
  CHECK(rows(*store).size() == 21);
  CHECK(load(*store).size() == 2);
}

TEST_CASE("a store that is down loses only the oldest of too many transitions, and counts them") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  {
    const FullDisk full(0);
    constexpr std::size_t kMore = Store::kMostPending + 10;
    for (std::size_t i = 0; i < kMore; ++i) {
      Transition one;
      one.target = "shop", one.alarm = "slow", one.at = moment(static_cast<std::int64_t>(i));
      record(*store, one);
    }
    // The attempt that may be under way takes its time under a sanitizer.
    CHECK(test::soon([&] { return store_metric(*store, "vedette_store_dropped_rows_total") == 10; }, seconds(60)));
    CHECK(rows(*store).size() == 100);
  }
  CHECK(store->flush(seconds(100)));
  TransitionQuery oldest;
  oldest.until = moment(12);
  const auto kept = rows(*store, oldest);
  REQUIRE(kept.size() == 2);
  CHECK(kept.back().at == moment(10));
}

TEST_CASE("a database that another program holds is waited for") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  record(*store, transition("shop", "slow", 1));
  CHECK_FALSE(store->flush(milliseconds(50)));
  CHECK(rows(*store).size() == 1);
  REQUIRE(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(store->flush(kLongEnough));
  sqlite3_close(other);
}

TEST_CASE("a file that was deleted is made again, without what a log left behind of it") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  record(*store, transition("shop", "slow", 1));
  CHECK(store->flush(kLongEnough));
  std::filesystem::remove(folder.file());
  record(*store, transition("shop", "slow", 2));
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store).size() == 1);
  store.reset();
  store = open_store(folder.url());
  CHECK(rows(*store) == std::vector{transition("shop", "slow", 2)});
}

TEST_CASE("a backup that was put in the file's place is what counts from then on") {
  const StoreFolder folder;
  {
    auto backup = open_store(folder.url("backup.db"));
    record(*backup, transition("shop", "old", 1));
  }
  auto store = open_store(folder.url());
  for (int i = 0; i < 50; ++i) record(*store, transition("shop", "slow", i));
  CHECK(store->flush(kLongEnough));
  std::filesystem::rename(folder.file("backup.db"), folder.file());
  record(*store, transition("shop", "new", 2));
  CHECK(store->flush(kLongEnough));
  store.reset();
  store = open_store(folder.url());
  CHECK(rows(*store) == std::vector{transition("shop", "new", 2), transition("shop", "old", 1)});
}

TEST_CASE("what was acknowledged is in the file, wherever somebody has moved it") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  for (int i = 0; i < 50; ++i) record(*store, transition("shop", "slow", i));
  CHECK(store->flush(kLongEnough));
  std::filesystem::rename(folder.file(), folder.file("moved.db"));
  record(*store, transition("shop", "new", 60));
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store) == std::vector{transition("shop", "new", 60)});
  store.reset();
  auto moved = open_store(folder.url("moved.db"));
  CHECK(rows(*moved).size() == 50);
  CHECK_FALSE(std::filesystem::exists(folder.file("vedette.db-wal.left")));
}

TEST_CASE("a question that the database does not take costs nothing of what it holds") {
  const StoreFolder folder;
  for (const std::string& url : {std::string("memory:"), folder.url()}) {
    INFO(url);
    auto store = open_store(url);
    record(*store, transition("shop", "slow", 1));
    CHECK(store->flush(kLongEnough));
    TransitionQuery query;
    query.labels.assign(1200, {"a", "b"});  // "Expression tree is too large"
    auto answer = store->transitions(query);
    CHECK_FALSE(answer);
    std::vector<OwnFamily> families;
    store->own_metrics()(families);
    CHECK(families.at(0).name == "vedette_store_up");
    CHECK(families.at(0).points.at(0).value == 1);
    CHECK(rows(*store).size() == 1);
  }
}

TEST_CASE("a row whose labels are none is no reason to find nothing") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  record(*store, transition("shop", "slow", 1));
  record(*store, transition("shop", "slow", 2));
  CHECK(store->flush(kLongEnough));
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "UPDATE transitions SET labels = 'none' WHERE at_ns % 2000000000 = 0", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  sqlite3_close(other);
  TransitionQuery query;
  query.labels = {{"team", "web"}};
  CHECK(rows(*store, query).size() == 1);
}

TEST_CASE("tables that somebody dropped are made again") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  const char* drop = "DROP TABLE transitions; DROP TABLE saved_alarms; DROP TABLE vedette_schema";
  REQUIRE(sqlite3_exec(other, drop, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  record(*store, transition("shop", "slow", 1));
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store).size() == 1);
}

TEST_CASE("a row that the database refuses for ever takes no other with it") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  const char* rule =
      "CREATE TRIGGER rule BEFORE INSERT ON transitions WHEN NEW.target = 'cursed' BEGIN SELECT RAISE(ABORT, 'no'); "
      "END";
  REQUIRE(sqlite3_exec(other, rule, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  for (const char* target : {"a", "cursed", "b"}) record(*store, transition(target, "slow", 1));
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store).size() == 2);
  CHECK(store_metric(*store, "vedette_store_dropped_rows_total") == 1);
  CHECK(store_metric(*store, "vedette_store_up") == 1);
  record(*store, transition("c", "slow", 1));
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store).size() == 3);
}

TEST_CASE("a database that does not answer is no error, and a question says so at once") {
  // Port 1 of loopback: nobody listens there.
  const std::string url = "postgresql://someone:s3cret@127.0.0.1:1/alarms?connect_timeout=2";
  auto store = open_store(url);
  CHECK(store_metric(*store, "vedette_store_up") == 0);
  record(*store, transition("shop", "slow", 1));
  const Time begin = now();
  const auto page = store->transitions({});
  REQUIRE_FALSE(page);
  CHECK(now() - begin < seconds(3));
  CHECK(page.error().message.find("the store postgresql://127.0.0.1:1/alarms is down: ") == 0);
  CHECK(page.error().message.find("s3cret") == std::string::npos);
  CHECK_FALSE(store->flush(milliseconds(100)));
  CHECK(store_metric(*store, "vedette_store_pending_rows") == 2);
}

TEST_CASE("a password that cannot be read says which file") {
  StoreOptions options = store_options("postgresql://someone@127.0.0.1:1/alarms");
  options.password_file = "/nowhere/password";
  auto store = Store::open(options, Log::silent());
  REQUIRE(store);
  const auto page = (*store)->transitions({});
  REQUIRE_FALSE(page);
  CHECK(page.error().message.find("/nowhere/password") != std::string::npos);
}

}  // namespace
}  // namespace vedette
