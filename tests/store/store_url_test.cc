#include "store/store_url.h"

#include "store/label_json.h"
#include "store/stores.h"

namespace vedette {
namespace {

TEST_CASE("a store's URL is a path, a PostgreSQL URL or memory") {
  for (const char* good : {"sqlite:/var/lib/vedette/vedette.db", "sqlite:vedette.db", "sqlite:///var/x.db",
                           "memory:", "postgresql://user@host:5432/alarms?sslmode=require", "postgres://host/alarms",
                           "postgresql:///alarms?host=/run/postgresql"}) {
    CHECK(broken_store_url(good) == "");
  }
  CHECK(parse_store_url("sqlite:///var/x.db")->place == "/var/x.db");
  CHECK(parse_store_url("sqlite:x.db")->place == "x.db");
}

TEST_CASE("what is wrong with a store's URL is said without quoting it") {
  for (const char* bad :
       {"", "s3cret", "/var/lib/x.db", "sqlite:", "sqlite://s3cret/x.db", "sqlite::memory:", "sqlite:/x/",
        "mysql://s3cret@host/x", "postgresql://u:s3cret@host:port/x", "postgresql://u:s3cret@host/x?nothing=1",
        "postgresql://u:s3cret%zz@host/x", "postgresql://u:abc#s3cret@host/x", "postgresql://u:abc?s3cret@host/x",
        "postgresql://u:123/s3cret@host/x", "postgres://u:#s3cret@host"}) {
    INFO(bad);
    const std::string why = broken_store_url(bad);
    CHECK_FALSE(why.empty());
    CHECK(why.find("s3cret") == std::string::npos);
    CHECK_FALSE(parse_store_url(bad));
  }
}

TEST_CASE("a store is shown without password and options") {
  CHECK(shown_store_url("postgresql://me:s3cret@host:5432/alarms?password=s3cret") == "postgresql://host:5432/alarms");
  CHECK(shown_store_url("postgres://me:s3/cret@host/alarms") == "postgresql://host/alarms");
  CHECK(shown_store_url("postgresql://host/alarms") == "postgresql://host/alarms");
  CHECK(shown_store_url("sqlite:/var/x@y.db") == "sqlite:/var/x@y.db");
}

TEST_CASE("labels are kept as JSON and read back") {
  const Labels labels{{"a", "b"}, {"quo\"te", "back\\slash"}, {"", "\x01\x1f\n\t"}, {"\xc3\xa4", "\xf0\x9f\x92\xa5"}};
  CHECK(label_json(labels).substr(0, 9) == R"({"a":"b",)");
  CHECK(parse_label_json(label_json(labels)) == labels);
  CHECK(label_json({}) == "{}");
  CHECK(parse_label_json("{}").empty());
  CHECK(parse_label_json(" { \"a\" : \"\\u00e4\\n\" , \"b\":\"\" }") == Labels{{"a", "\xc3\xa4\n"}, {"b", ""}});
  for (const char* broken : {"", "[]", "{\"a\"", "{\"a\":1}", "{\"a\":\"\\u12", "{\"a\":\"\\ud800\"}"})
    CHECK(parse_label_json(broken).empty());
}

}  // namespace
}  // namespace vedette
