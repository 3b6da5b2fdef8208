#include "github/hub.h"
#include "support/catch.h"
#include "support/folder.h"

using namespace vedette;
using namespace vedette::test;

namespace {

std::string authorization(const FakeServer::Request& request) {
  const std::size_t at = request.head.find("Authorization: Bearer ");
  return request.head.substr(at + 22, request.head.find('\r', at) - at - 22);
}

const std::string kSpent = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Limit: 5000\r\n";

std::string reset_in(int s) {
  return "X-RateLimit-Reset: " + std::to_string(static_cast<std::int64_t>(to_seconds(wall_now())) + s) + "\r\n";
}

}  // namespace

TEST_CASE("A quota that is used up parks its credential, and another one goes on") {
  Hub hub(
      [](int, const FakeServer::Request& request) {
        return authorization(request) == "first" ? says(403, "API rate limit exceeded", kSpent + reset_in(3000))
                                                 : page("[]");
      },
      {token("first", "a"), token("second", "b")});
  const auto answers = hub.ask({{"/r", "/r"}, {"/r", "/r"}, {"/r", "/r"}});
  for (const GithubAnswer& answer : answers) CHECK(answer.good());
  REQUIRE(hub.requests().size() == 4);
  CHECK(authorization(hub.requests()[0]) == "first");
  for (std::size_t i = 1; i < 4; ++i) CHECK(authorization(hub.requests()[i]) == "second");
}

TEST_CASE("A used-up quota is waited for until it is back") {
  Hub hub([](int nth, const auto&) {
    return nth == 1 ? says(429, "API rate limit exceeded", kSpent + reset_in(-5)) : page("[]");
  });
  const Time begin = now();
  CHECK(hub.ask("/r").good());
  CHECK(now() - begin >= seconds(1));  // the least there is
}

TEST_CASE("Nothing is asked before Retry-After is over, whoever asks") {
  Guarded<std::vector<Time>> times;
  Hub hub(
      [&](int nth, const auto&) {
        times.with([](auto& all) { all.push_back(now()); });
        return nth == 1 ? says(403, "You have exceeded a secondary rate limit.", "Retry-After: 1\r\n") : page("[]");
      },
      {token("first", "a"), token("second", "b")});
  CHECK(hub.ask("/r").good());
  const std::vector<Time> asked = times.with([](const auto& all) { return all; });
  REQUIRE(asked.size() == 2);
  CHECK(asked[1] - asked[0] >= seconds(1));
}

TEST_CASE("A warning without a time is waited for longer each time, and not for ever") {
  Hub hub([](int nth, const auto&) { return nth <= 3 ? says(429, "secondary rate limit") : page("[]"); });
  const Time begin = now();
  CHECK(hub.ask("/r").good());
  CHECK(now() - begin >= milliseconds(30 + 60 + 120));
  GithubClient::Options options = hasty();
  options.budget.first_pause = options.budget.longest_pause = milliseconds(1);
  Hub never([](int, const auto&) { return says(429, "secondary rate limit"); }, {token("a")}, options);
  CHECK(never.ask("/r").meaning == Meaning::slow_down);
  CHECK(never.requests().size() == 11);
}

TEST_CASE("A limit that GraphQL tells with status 200 is a limit") {
  Hub hub([](int nth, const auto&) {
    return nth == 1 ? page(R"({"errors": [{"type": "RATE_LIMIT", "message": "spent"}]})", kSpent + reset_in(1))
                    : page(R"({"data": {}})");
  });
  GithubRequest question{"/graphql", hub.url() + "/graphql"};
  question.resource = "graphql";
  question.body = "{}";
  CHECK(hub.ask({question}).front().good());
  CHECK(hub.requests().size() == 2);
  CHECK(hub.requests()[1].line() == "POST /graphql");
  CHECK(hub.requests()[1].body == "{}");
}

TEST_CASE("A server without rate headers is asked all the same") {
  Hub hub([](int, const auto&) { return page("[]", "X-RateLimit-Limit: 0\r\nX-RateLimit-Remaining: none\r\n"); });
  for (const GithubAnswer& answer : hub.ask({{"/r", "/r"}, {"/r", "/r"}})) CHECK(answer.good());
}

TEST_CASE("A credential that is refused is not tried again and again") {
  Hub alone([](int, const auto&) { return says(401, "Bad credentials"); });
  const auto answers = alone.ask({{"/r", "/r"}, {"/r", "/r"}, {"/r", "/r"}});
  for (const GithubAnswer& answer : answers) CHECK(answer.meaning == Meaning::unauthorised);
  CHECK(answers[2].why == "GitHub has refused every credential; they are tried again later");
  CHECK(alone.requests().size() == 1);

  Hub two(
      [](int, const FakeServer::Request& request) {
        return authorization(request) == "bad" ? says(403, "Maximum number of login attempts exceeded.") : page("[]");
      },
      {token("bad", "a"), token("good", "b")});
  for (const GithubAnswer& answer : two.ask({{"/r", "/r"}, {"/r", "/r"}})) CHECK(answer.good());
  CHECK(two.requests().size() == 3);
}

TEST_CASE("A token that is replaced in its file works at once, in the middle of a walk") {
  const Folder folder;
  const std::string file = folder.file("token", "old\n");
  Hub hub(
      [&](int nth, const FakeServer::Request& request) {
        if (nth == 2) folder.file("token", "new\n");  // as the old one is revoked
        return authorization(request) == "old" && nth >= 2 ? says(401, "Bad credentials") : page("[]");
      },
      {{"main", Secret::in_file(file), {}}});
  for (const GithubAnswer& answer : hub.ask({{"/r", "/r?page=1"}, {"/r", "/r?page=2"}, {"/r", "/r?page=3"}}))
    CHECK(answer.good());
  CHECK(hub.requests().size() == 4);
}

TEST_CASE("A token that cannot be read, or is none, is a reason and no request") {
  for (const GithubCredential& broken :
       {GithubCredential{"main", Secret::in_file("/absent/token"), {}}, token("two words"), token("line\nbreak")}) {
    Hub hub([](int, const auto&) { return page("[]"); }, {broken});
    const GithubAnswer answer = hub.ask("/r");
    CHECK(answer.meaning == Meaning::unauthorised);
    CHECK(answer.why.find("two words") == std::string::npos);
    CHECK(hub.requests().empty());
  }
}
