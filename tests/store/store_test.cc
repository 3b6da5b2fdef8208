#include "store/store.h"

#include <cmath>
#include <fstream>
#include <limits>

#include "store/stores.h"

namespace vedette {
namespace {

int mode_of(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 ? static_cast<int>(facts.st_mode & 0777) : -1;
}

TEST_CASE("a transition comes back as it was recorded, after the store was closed") {
  const StoreFolder folder;
  const Transition one = transition("shop", "slow", 1);
  {
    auto store = open_store(folder.url());
    record(*store, one);
    CHECK(store->flush(kLongEnough));
  }
  auto store = open_store(folder.url());
  CHECK(rows(*store) == std::vector{one});
  CHECK(load(*store) == std::vector{SavedAlarm{"shop", "slow", one.after, one.at, one.at, "w"}});
}

TEST_CASE("what was not flushed is written when the store ends") {
  const StoreFolder folder;
  record(*open_store(folder.url()), transition("shop", "slow", 1));
  CHECK(rows(*open_store(folder.url())).size() == 1);
}

TEST_CASE("a row that is there already is left as it is") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  const Transition first = transition("shop", "slow", 1);
  record(*store, first);
  CHECK(store->flush(kLongEnough));
  Transition again = first;
  again.reason = "told twice";
  record(*store, again);
  record(*store, again);
  CHECK(rows(*store) == std::vector{first});
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store) == std::vector{first});
}

TEST_CASE("numbers that a transition lacks, and odd ones, come back as they are") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  Transition none = transition("shop", "a", 3), odd = transition("shop", "b", 2), whole = transition("shop", "c", 1);
  none.value.reset();
  none.threshold.reset();
  odd.value = std::numeric_limits<double>::infinity();
  odd.threshold = -0.1;
  whole.value = 3;
  whole.threshold = 1e300;
  for (const Transition& one : {none, odd, whole}) record(*store, one);
  CHECK(store->flush(kLongEnough));
  CHECK(rows(*store) == std::vector{none, odd, whole});
  Transition nan = transition("shop", "d", 0);
  nan.value = std::nan("");
  record(*store, nan);
  CHECK(store->flush(kLongEnough));
  CHECK_FALSE(rows(*store).back().value.has_value());
}

TEST_CASE("only what was saved last of an alarm counts, and the forgotten are gone") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  store->save({saved("shop", "slow", 1, "old"), saved("shop", "down", 1)});
  store->save({saved("shop", "slow", 2, "new")});
  CHECK(load(*store).size() == 2);
  CHECK(store->flush(kLongEnough));
  CHECK(load(*store) == std::vector{saved("shop", "down", 1), saved("shop", "slow", 2, "new")});
  store->forget({{"shop", "down"}, {"shop", "never there"}});
  CHECK(load(*store) == std::vector{saved("shop", "slow", 2, "new")});
  CHECK(store->flush(kLongEnough));
  CHECK(load(*store) == std::vector{saved("shop", "slow", 2, "new")});
  store->forget({{"shop", "slow"}});
  store->save({saved("shop", "slow", 3)});
  CHECK(store->flush(kLongEnough));
  CHECK(load(*store) == std::vector{saved("shop", "slow", 3)});
}

TEST_CASE("a window may hold any bytes, also none") {
  const StoreFolder folder;
  const std::string bytes("\0\xff'\"\n\x80", 6);
  auto store = open_store(folder.url());
  store->save({saved("shop", "any", 1, bytes), saved("shop", "none", 1, "")});
  CHECK(store->flush(kLongEnough));
  CHECK(load(*store) == std::vector{saved("shop", "any", 1, bytes), saved("shop", "none", 1, "")});
}

TEST_CASE("agents that share a database see all transitions and their own alarms") {
  const StoreFolder folder;
  auto here = open_store(folder.url(), "here"), there = open_store(folder.url(), "there");
  record(*here, transition("shop", "slow", 1));
  record(*there, transition("shop", "slow", 1));
  CHECK(here->flush(kLongEnough));
  CHECK(there->flush(kLongEnough));
  const auto page = here->transitions({});
  REQUIRE(page);
  REQUIRE(page->rows.size() == 2);
  CHECK(page->rows[0].agent == "there");
  CHECK(page->rows[1].agent == "here");
  CHECK(load(*there).size() == 1);
  there->forget({{"shop", "slow"}});
  CHECK(there->flush(kLongEnough));
  CHECK(load(*there).empty());
  CHECK(load(*here).size() == 1);
}

TEST_CASE("the file and its folders are for their owner alone") {
  const StoreFolder folder;
  auto store = open_store("sqlite:" + folder.path("a/b/vedette.db"));
  CHECK(mode_of(folder.path("a")) == 0700);
  CHECK(mode_of(folder.path("a/b")) == 0700);
  record(*store, transition("shop", "slow", 1));
  CHECK(store->flush(kLongEnough));
  CHECK(mode_of(folder.path("a/b/vedette.db")) == 0600);
  CHECK(mode_of(folder.path("a/b/vedette.db-wal")) == 0600);
}

TEST_CASE("what no patience mends is an error that names the file") {
  const StoreFolder folder;
  std::ofstream(folder.file("text")) << std::string(5000, 'x');
  std::filesystem::create_directory(folder.file("folder"));
  CHECK(open_error(store_options(folder.url("text"))) ==
        "the store " + folder.url("text") + " is no SQLite database: move it away, or name another file");
  CHECK(open_error(store_options(folder.url("folder"))) == "the store " + folder.url("folder") + " is no file");
  CHECK(open_error(store_options(folder.url("text/below/x.db"))).find("its folder \"" + folder.file("text")) !=
        std::string::npos);
  CHECK(open_error(store_options("mysql://x")) == "the store's url must begin with sqlite: or postgresql://");
}

TEST_CASE("looking into a database makes and changes nothing") {
  const StoreFolder folder;
  StoreOptions options = store_options(folder.url());
  options.read_only = true;
  CHECK(open_error(options).find("No such file") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.file()));
  auto writer = open_store(folder.url());
  record(*writer, transition("shop", "slow", 1));
  CHECK(writer->flush(kLongEnough));
  auto reader = Store::open(options, Log::silent());
  REQUIRE(reader);
  CHECK(rows(**reader).size() == 1);
  record(*writer, transition("shop", "slow", 2));
  CHECK(writer->flush(kLongEnough));
  CHECK(rows(**reader).size() == 2);
  std::ofstream(folder.file("empty"));
  options.url = folder.url("empty");
  CHECK(open_error(options) == "the store " + folder.url("empty") + " holds nothing of vedette's yet");
  CHECK(std::filesystem::file_size(folder.file("empty")) == 0);
}

TEST_CASE("a store in memory keeps the newest transitions") {
  auto store = open_store("memory:");
  constexpr std::size_t kMore = Store::kMostInMemory + 500;
  for (std::size_t i = 0; i < kMore; ++i) record(*store, transition("shop", "slow", static_cast<std::int64_t>(i)));
  CHECK(store->flush(kLongEnough));
  TransitionQuery all;
  all.limit = 2 * kMore;
  const auto kept = rows(*store, all);
  REQUIRE(kept.size() == Store::kMostInMemory);
  CHECK(kept.front().at == moment(kMore - 1));
  CHECK(kept.back().at == moment(500));
  CHECK(load(*store).size() == 1);
}

TEST_CASE("the store's numbers tell what happened") {
  const StoreFolder folder;
  auto store = open_store(folder.url());
  CHECK(store_metric(*store, "vedette_store_up") == 1);
  CHECK(store_metric(*store, "vedette_store_writes_total", "ok") == 0);
  record(*store, transition("shop", "slow", 1));
  CHECK(store->flush(kLongEnough));
  CHECK(store_metric(*store, "vedette_store_writes_total", "ok") == 1);
  CHECK(store_metric(*store, "vedette_store_writes_total", "failed") == 0);
  CHECK(store_metric(*store, "vedette_store_pending_rows") == 0);
  CHECK(store_metric(*store, "vedette_store_dropped_rows_total") == 0);
  CHECK(store_metric(*store, "vedette_store_write_seconds") > 0);
}

}  // namespace
}  // namespace vedette
