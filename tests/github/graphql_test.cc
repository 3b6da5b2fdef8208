#include "github/graphql.h"

#include "support/catch.h"

using namespace vedette;

namespace {

constexpr WallTime kNow = WallTime(seconds(1'800'000'000));

Understood read(std::string body, const std::string& header = "X-Nothing: 1") {
  Fetched fetched;
  fetched.status = 200;
  fetched.headers.add("Content-Type: application/json");
  fetched.headers.add(header);
  fetched.body = std::move(body);
  Understood understood = understand(fetched, kNow);
  reread_as_graphql(understood, fetched.headers, kNow);
  return understood;
}

}  // namespace

TEST_CASE("A GraphQL question is JSON with its variables") {
  CHECK(graphql_body("query($n:Int!){a(\"b\")}", {}) == R"({"query":"query($n:Int!){a(\"b\")}","variables":{}})");
  CHECK(graphql_body("q", {{"n", "1"}, {"s", "\"x\""}}) == R"({"query":"q","variables":{"n":1,"s":"x"}})");
}

TEST_CASE("A GraphQL answer with data is a page, also when single aliases failed") {
  CHECK(read(R"({"data": {"a": 1}})").meaning == Meaning::page);
  const Understood part = read(
      R"({"data": {"a": null, "b": 1}, "errors": [{"type": "NOT_FOUND", "path": ["a", 0, "issue"], "message": "gone"}, {}]})");
  CHECK(part.meaning == Meaning::page);
  const std::vector<GraphqlError> errors = graphql_errors(part.body);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].type == "NOT_FOUND");
  CHECK(errors[0].path == std::vector<std::string>{"a", "issue"});
  CHECK(errors[0].message == "gone");
  CHECK(errors[1].path.empty());
}

TEST_CASE("A GraphQL answer of status 200 may say that a limit was hit") {
  for (const char* type : {"RATE_LIMITED", "RATE_LIMIT"}) {
    const Understood spent =
        read(std::string(R"({"errors": [{"type": ")") + type + R"(", "message": "API rate limit"}]})");
    CHECK(spent.meaning == Meaning::exhausted);
    CHECK(spent.why == "GraphQL: \"API rate limit\"");
  }
  const std::string warned = R"({"errors": [{"message": "You have exceeded a secondary rate limit."}]})";
  CHECK(read(warned).meaning == Meaning::slow_down);
  CHECK(read(warned, "Retry-After: 30").wait == seconds(30));
  // The last good answer of an hour has nothing left, too.
  CHECK(read(R"({"data": {"a": 1}})", "X-RateLimit-Remaining: 0").meaning == Meaning::page);
}

TEST_CASE("A GraphQL answer without data is none") {
  CHECK(read(R"({"data": null, "errors": [{"message": "Something went wrong"}]})").why ==
        "GraphQL: \"Something went wrong\"");
  CHECK(read(R"({"data": null})").meaning == Meaning::broken);
  CHECK(read("{}").why == "GraphQL: neither data nor an error");
  CHECK(read("[]").meaning == Meaning::broken);
}
