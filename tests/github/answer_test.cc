#include "github/answer.h"

#include "support/catch.h"

using namespace vedette;

namespace {

constexpr WallTime kNow = WallTime(seconds(1'800'000'000));

Fetched answer(int status, std::string body = "{}", std::vector<std::string> headers = {}) {
  Fetched fetched;
  fetched.status = status;
  fetched.body = std::move(body);
  fetched.headers.add("Content-Type: application/json; charset=utf-8");
  for (const std::string& line : headers) fetched.headers.add(line);
  return fetched;
}

Understood read(int status, std::string body = "{}", std::vector<std::string> headers = {}) {
  return understand(answer(status, std::move(body), std::move(headers)), kNow);
}

std::string message(std::string_view text) { return R"({"message": ")" + std::string(text) + "\"}"; }

}  // namespace

TEST_CASE("Each answer of GitHub means one thing") {
  struct Row {
    int status;
    std::string body;
    std::vector<std::string> headers;
    std::string_view meaning;
  };
  const std::string spent = "X-RateLimit-Remaining: 0";
  const Row rows[] = {
      {200, "[]", {}, "page"},
      {201, "{}", {}, "page"},
      {202, "{}", {}, "later"},
      {204, "", {}, "nothing"},
      {304, "", {}, "same"},
      {301, message("Moved Permanently"), {"Location: https://api.github.com/repositories/1"}, "moved"},
      {307, "", {"Location: /repositories/1"}, "moved"},
      {302, "", {}, "broken"},
      {400, message("Bad version"), {}, "refused"},
      {401, message("Bad credentials"), {}, "unauthorised"},
      {403, message("API rate limit exceeded for user ID 1."), {spent}, "exhausted"},
      {429, message("API rate limit exceeded"), {spent}, "exhausted"},
      {403, message("You have exceeded a secondary rate limit."), {"Retry-After: 60"}, "slow_down"},
      {429, message("You have exceeded a secondary rate limit."), {}, "slow_down"},
      {403, message("You have exceeded a secondary rate limit."), {spent}, "slow_down"},
      {403, message("You have triggered an abuse detection mechanism."), {}, "slow_down"},
      {403, message("Please wait."), {"Retry-After: 5"}, "slow_down"},
      {429, "", {}, "slow_down"},
      {403, message("Maximum number of login attempts exceeded. Please try again later."), {}, "locked_out"},
      {403, message("Resource not accessible by personal access token"), {}, "forbidden"},
      {403, message("Dependabot alerts are disabled for this repository."), {}, "forbidden"},
      {403, R"({"message": "Repository access blocked", "block": {"reason": "tos"}})", {}, "blocked"},
      {451, R"({"message": "Repository access blocked", "block": {"reason": "dmca"}})", {}, "blocked"},
      {404, message("Not Found"), {}, "missing"},
      {409, message("Git Repository is empty."), {}, "empty_repository"},
      {409, message("Conflict"), {}, "refused"},
      {410, message("Issues are disabled for this repo"), {}, "gone"},
      {422, message("Pagination with the page parameter is not supported for large datasets"), {}, "too_deep"},
      {422, message("Only the first 1000 search results are available"), {}, "too_deep"},
      {422, message("Validation Failed"), {}, "refused"},
      {408, "", {}, "broken"},
      {500, "", {}, "broken"},
      {502, "<html>", {}, "broken"},
      {503, message("Service unavailable"), {}, "broken"},
      {504, message("We couldn't respond in time"), {}, "broken"},
  };
  for (const Row& row : rows) {
    INFO(row.status << " " << row.body);
    CHECK(meaning_name(read(row.status, row.body, row.headers).meaning) == row.meaning);
  }
}

TEST_CASE("A page is JSON that is whole, or it is none") {
  CHECK(read(200, R"([{"id": 7}])").body.items()[0].at("id").integer() == 7);
  for (std::string_view body : {"", "[1", "\"\xff\"", "[] trailing"}) {
    INFO(body);
    CHECK(read(200, std::string(body)).meaning == Meaning::broken);
    CHECK_FALSE(read(200, std::string(body)).why.empty());
  }
  Fetched page;
  page.status = 200;
  page.headers.add("Content-Type: text/html");
  page.body = "{}";
  CHECK(understand(page, kNow).why == "the answer is no JSON but \"text/html\"");
  Fetched half = answer(200, "[]");
  half.why = "the server closed the connection in mid-body";
  CHECK(understand(half, kNow).meaning == Meaning::broken);
  CHECK(understand(half, kNow).why == half.why);
  CHECK(understand(Fetched{}, kNow).why == "no answer");
}

TEST_CASE("How long to wait is what the answer says, within reason") {
  const std::string spent = "X-RateLimit-Remaining: 0", limit = message("API rate limit exceeded");
  auto reset = [](std::int64_t at) { return "X-RateLimit-Reset: " + std::to_string(at); };
  CHECK(read(403, limit, {spent, reset(1'800'000'100)}).wait == seconds(100));
  CHECK(read(403, limit, {spent, reset(1'799'999'000)}).wait == seconds(1));     // over already
  CHECK(read(403, limit, {spent, reset(1'800'900'000)}).wait == seconds(3900));  // a clock that is far off
  CHECK(read(403, limit, {spent, "X-RateLimit-Reset: soon"}).wait == Duration{});
  CHECK(read(403, limit, {spent}).wait == Duration{});
  // The server's own clock is 1000 s behind ours.
  CHECK(read(403, limit, {spent, reset(1'799'999'100), "Date: Fri, 15 Jan 2027 07:43:20 GMT"}).wait == seconds(100));
  CHECK(read(403, message("secondary rate limit"), {"Retry-After: 30", spent, reset(1'800'000'100)}).wait ==
        seconds(30));
  CHECK(read(403, message("secondary rate limit"), {spent, reset(1'800'000'100)}).wait == seconds(100));
  CHECK(read(429, message("secondary rate limit")).wait == Duration{});
}

TEST_CASE("A refusal says what would help") {
  const Understood refused =
      read(403, message("Resource not accessible by integration"),
           {"X-Accepted-GitHub-Permissions: issues=read", "X-GitHub-SSO: required; url=https://a"});
  CHECK(refused.why ==
        "status 403: \"Resource not accessible by integration\", it needs \"issues=read\", the token is not authorised "
        "for "
        "the organisation's single sign-on");
  CHECK(read(404, "gone fishing").why == "status 404");
  CHECK(read(304, "").why.empty());
  CHECK(read(301, "", {"Location: /a"}).for_ever);
  CHECK_FALSE(read(302, "", {"Location: /a"}).for_ever);
}

TEST_CASE("Rate headers are taken as they are, and what is none is nothing") {
  const RateNews all = rate_news(answer(200, "",
                                        {"X-RateLimit-Resource: core", "X-RateLimit-Limit: 5000",
                                         "X-RateLimit-Remaining: 4999", "X-RateLimit-Reset: 1800000000"})
                                     .headers);
  CHECK(all.resource == "core");
  CHECK(all.limit == 5000);
  CHECK(all.remaining == 4999);
  CHECK(all.reset == kNow);
  const RateNews none =
      rate_news(answer(200, "", {"X-RateLimit-Limit: many", "X-RateLimit-Reset: 99999999999999"}).headers);
  CHECK_FALSE(none.limit);
  CHECK_FALSE(none.remaining);
  CHECK_FALSE(none.reset);
}

TEST_CASE("The next page is where the Link header says, and nowhere else") {
  auto next = [](const std::string& link) { return next_page(answer(200, "", {"Link: " + link}).headers); };
  CHECK(next(R"(<https://h/r?page=2>; rel="next", <https://h/r?page=9>; rel="last")") == "https://h/r?page=2");
  CHECK(next(R"(<https://h/r?page=1>; rel="prev", <https://h/r?a=1,2&page=3>; rel="next")") ==
        "https://h/r?a=1,2&page=3");
  CHECK(next(R"(<https://h/r?page=9>; rel="last")").empty());
  CHECK(next("").empty());
  CHECK(next("<https://h/r").empty());
  CHECK(next(R"(rel="next")").empty());
  CHECK(next_page(HttpHeaders()).empty());
}
