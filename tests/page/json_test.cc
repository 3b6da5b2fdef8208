#include "page/json.h"

#include "support/catch.h"

using namespace vedette;

namespace {

Json json(std::string_view text) {
  auto parsed = Json::parse(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string why_not(std::string_view text) {
  auto parsed = Json::parse(text);
  return parsed ? "it was read" : parsed.error().message;
}

}  // namespace

TEST_CASE("JSON of others is read member by member") {
  const Json issue =
      json(R"({"id": 4294967296, "user": {"login": "octo", "type": null}, "labels": [{"name": "a"}, 2]})");
  CHECK(issue.at("id").integer() == 4294967296);
  CHECK(issue.at("user").at("login").text() == "octo");
  CHECK(issue.at("user").at("type").present());
  CHECK(issue.at("user").at("type").is_null());
  REQUIRE(issue.at("labels").items().size() == 2);
  CHECK(issue.at("labels").items()[0].at("name").text_or("-") == "a");
  REQUIRE(issue.members().size() == 3);
  CHECK(issue.members()[0].first == "id");
}

TEST_CASE("What is missing or of another type is nothing") {
  const Json some = json(R"({"text": "1", "number": 1.5, "list": [], "yes": true, "none": null})");
  CHECK_FALSE(some.at("absent").present());
  CHECK_FALSE(some.at("absent").at("deeper").at("still").integer());
  CHECK_FALSE(some.at("text").integer());
  CHECK_FALSE(some.at("number").integer());
  CHECK_FALSE(some.at("number").text());
  CHECK_FALSE(some.at("list").flag());
  CHECK(some.at("text").items().empty());
  CHECK(some.at("list").members().empty());
  CHECK(some.at("yes").flag() == true);
  CHECK(some.at("number").number() == 1.5);
  CHECK(some.at("none").text_or("nobody") == "nobody");
  CHECK(some.at("none").integer_or(-1) == -1);
  CHECK_FALSE(Json().at("anything").present());
}

TEST_CASE("Whole numbers keep every digit, and what does not fit is none") {
  CHECK(json("9223372036854775807").integer() == INT64_MAX);
  CHECK(json("-9223372036854775808").integer() == INT64_MIN);
  CHECK_FALSE(json("9223372036854775808").integer());
  CHECK(json("12.0").integer() == 12);
  CHECK_FALSE(json("1e300").integer());
}

TEST_CASE("What is no JSON, or too deep, is an error") {
  CHECK(why_not("") == "an empty body instead of JSON");
  for (std::string_view broken : {"{", "{\"a\":}", "[1,]", "{} {}", "<html>", "\"\xff\"", "nul", "[1"})
    CHECK(why_not(broken) == "the body is no JSON");
  const std::string open(64, '['), close(64, ']');
  CHECK(why_not(open + close) == "it was read");
  CHECK(why_not("[" + open + close + "]") == "the JSON is nested too deeply");
  CHECK(why_not(std::string(1 << 20, '[')) == "the JSON is nested too deeply");
  CHECK(why_not("\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"") == "it was read");
}

TEST_CASE("A value keeps its document alive") {
  Json deep;
  { deep = json(R"({"a": {"b": "c"}})").at("a").at("b"); }
  CHECK(deep.text() == "c");
}

TEST_CASE("Text becomes a JSON string, whatever it holds") {
  CHECK(json_string("a\"b\\c\n") == R"("a\"b\\c\n")");
  CHECK(json_string("\xff") == "\"\xEF\xBF\xBD\"");
}
