#include "store/schema.h"

#include <thread>

#include "store/sqlite.h"
#include "store/stores.h"

namespace vedette {
namespace {

std::unique_ptr<Connection> open(const std::string& path) {
  Opened opened = open_sqlite(path, seconds(5));
  if (!opened.connection) FAIL(opened.why);
  return std::move(opened.connection);
}

std::int64_t number(Connection& connection, const std::string& sql) {
  const Answer answer = connection.execute(sql);
  if (!answer) FAIL(answer.why);
  return as_integer(answer.rows.at(0).at(0));
}

const std::vector<Migration> kTwo{{"CREATE TABLE one (name {key} PRIMARY KEY)", "INSERT INTO one VALUES ('kept')"},
                                  {"ALTER TABLE one ADD COLUMN size BIGINT NOT NULL DEFAULT 7"}};

TEST_CASE("a schema is brought from any version to the last, and keeps what it holds") {
  const StoreFolder folder;
  auto connection = open(folder.file());
  const std::span<const Migration> all(kTwo);
  CHECK(migrate(*connection, all.first(1)));
  CHECK(check_schema(*connection, all.first(1)));
  CHECK(check_schema(*connection, all).why.find("older vedette") != std::string::npos);
  CHECK(migrate(*connection, all));
  CHECK(migrate(*connection, all));
  CHECK(number(*connection, "SELECT size FROM one WHERE name = 'kept'") == 7);
  CHECK(number(*connection, "SELECT COUNT(*) FROM vedette_schema") == 2);
}

TEST_CASE("a migration that fails leaves nothing behind") {
  const StoreFolder folder;
  auto connection = open(folder.file());
  const std::vector<Migration> bad{kTwo[0], {"CREATE TABLE two (name {key})", "CREATE TABLE one (name {key})"}};
  CHECK_FALSE(migrate(*connection, bad));
  CHECK(number(*connection, "SELECT COUNT(*) FROM sqlite_master") == 0);
  CHECK(migrate(*connection, kTwo));
}

TEST_CASE("two that start at once make the schema once") {
  const StoreFolder folder;
  std::vector<std::thread> threads;
  std::vector<std::string> results(4);
  for (std::string& result : results) {
    threads.emplace_back([&] {
      Opened opened = open_sqlite(folder.file(), seconds(20));
      result = opened.connection ? migrate(*opened.connection, kTwo).why : opened.why;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(results == std::vector<std::string>(4));
  CHECK(number(*open(folder.file()), "SELECT COUNT(*) FROM vedette_schema") == 2);
}

TEST_CASE("a schema newer than the program is refused") {
  const StoreFolder folder;
  { auto store = open_store(folder.url()); }
  CHECK(open(folder.file())->execute("INSERT INTO vedette_schema VALUES (1000, 0)"));
  const std::string error = open_error(store_options(folder.url()));
  CHECK(error.find("the store " + folder.url() + " was made by a newer vedette (its schema is 1000, this one knows ") ==
        0);
  StoreOptions looking = store_options(folder.url());
  looking.read_only = true;
  CHECK(open_error(looking) == error);
}

}  // namespace
}  // namespace vedette
