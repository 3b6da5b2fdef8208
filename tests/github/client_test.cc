#include "github/client.h"

#include "github/hub.h"
#include "support/catch.h"

using namespace vedette;
using namespace vedette::test;

namespace {

double number(Hub& hub, const std::string& family, const Labels& labels) {
  std::vector<OwnFamily> families;
  hub.client().own_metrics()(families);
  for (const OwnFamily& one : families) {
    for (const OwnPoint& point : one.points) {
      if (one.name == family && point.labels == labels) return point.value;
    }
  }
  return -1;
}

bool holds(const FakeServer::Request& request, const std::string& line) {
  return request.head.find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("A page comes with its body and the address of the next one") {
  Hub hub([](int nth, const FakeServer::Request& request) {
    const std::size_t host = request.head.find("Host: ") + 6;
    const std::string authority = request.head.substr(host, request.head.find('\r', host) - host);
    return nth == 2 ? page("[2]") : page("[1]", "Link: <http://" + authority + "/r?page=2>; rel=\"next\"\r\n");
  });
  const auto answers = hub.ask({{"/r", "/r?per_page=100"}, {"/r", hub.url() + "/r?page=2"}});
  CHECK(answers[0].good());
  CHECK(answers[0].body.items()[0].integer() == 1);
  CHECK(answers[0].next == hub.url() + "/r?page=2");
  CHECK(answers[1].next.empty());
  CHECK(hub.requests()[0].line() == "GET /r?per_page=100");
  CHECK(holds(hub.requests()[0], "Authorization: Bearer t0ken"));
  CHECK(number(hub, "vedette_github_api_requests_total", {{"endpoint", "/r"}, {"code", "200"}}) == 2);
}

TEST_CASE("What has not changed costs no page, and each credential has its own memory of that") {
  Hub hub([](int, const FakeServer::Request& request) {
    if (holds(request, "If-None-Match: W/\"7\"")) return FakeServer::status(304);
    return page("[]", "ETag: W/\"7\"\r\nLast-Modified: Fri, 15 Jan 2027 08:00:00 GMT\r\n");
  });
  GithubRequest request{"/r", "/r"};
  GithubRequest conditional = request;
  conditional.only_if_changed = true;
  GithubRequest other = conditional;
  other.address = "/r?page=2";
  const auto answers = hub.ask({conditional, conditional, request, other});
  CHECK(answers[0].meaning == Meaning::page);
  CHECK(answers[1].meaning == Meaning::same);
  CHECK(answers[1].good());
  CHECK(answers[2].meaning == Meaning::page);
  CHECK(answers[3].meaning == Meaning::page);
  CHECK(holds(hub.requests()[1], "If-Modified-Since: Fri, 15 Jan 2027 08:00:00 GMT"));
  CHECK(number(hub, "vedette_github_api_not_modified_total", {{"endpoint", "/r"}}) == 1);
}

TEST_CASE("What is broken is asked again, and given up after some tries") {
  const std::string broken[] = {
      FakeServer::status(502, "Content-Type: text/html\r\n", "<html>"),
      FakeServer::status(500),
      says(503, "Service unavailable"),
      FakeServer::status(200, "Content-Type: application/json\r\n"),
      page("[1, 2"),
      FakeServer::status(200, "Content-Type: text/html\r\n", "<html>"),
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[]",
      "garbage\r\n\r\n",
      page("not gzip", "Content-Encoding: gzip\r\n"),
      page("[\"\xff\"]"),
  };
  for (const std::string& answer : broken) {
    INFO(answer);
    Hub mended([&](int nth, const auto&) { return nth < 5 ? answer : page("[]"); });
    CHECK(mended.ask("/r").good());
    CHECK(number(mended, "vedette_github_api_retries_total", {{"reason", "broken"}}) == 4);
    Hub broken_for_ever([&](int, const auto&) { return answer; });
    const GithubAnswer gave_up = broken_for_ever.ask("/r");
    CHECK(gave_up.meaning == Meaning::broken);
    CHECK_FALSE(gave_up.why.empty());
    CHECK(broken_for_ever.requests().size() == 5);
  }
}

TEST_CASE("What will not come is not asked for again") {
  const std::pair<std::string, Meaning> answers[] = {
      {says(404, "Not Found"), Meaning::missing},
      {says(410, "Issues are disabled for this repo"), Meaning::gone},
      {says(451, "Repository access blocked"), Meaning::blocked},
      {says(403, "Resource not accessible by integration"), Meaning::forbidden},
      {says(422, "Validation Failed"), Meaning::refused},
      {says(422, "Pagination with the page parameter is not supported for large datasets"), Meaning::too_deep},
      {says(409, "Git Repository is empty."), Meaning::empty_repository},
      {FakeServer::status(204), Meaning::nothing},
  };
  for (const auto& [answer, meaning] : answers) {
    Hub hub([&](int, const auto&) { return answer; });
    CHECK(meaning_name(hub.ask("/r").meaning) == meaning_name(meaning));
    CHECK(hub.requests().size() == 1);
  }
}

TEST_CASE("What is being computed is waited for, and never taken for nothing") {
  Hub soon([](int nth, const auto&) { return nth <= 3 ? FakeServer::status(202, "", "{}") : page("[1]"); });
  CHECK(soon.ask("/r").body.items().size() == 1);
  Hub never([](int, const auto&) { return FakeServer::status(202, "", "{}"); });
  const GithubAnswer later = never.ask("/r");
  CHECK(later.meaning == Meaning::later);
  CHECK_FALSE(later.body.present());
  CHECK(never.requests().size() == 4);
}

TEST_CASE("Redirects are followed on the same server, and a move for ever is told") {
  Hub moved([](int nth, const auto&) {
    return nth == 1 ? FakeServer::status(301, "Location: /repositories/7/issues\r\n") : page("[]");
  });
  const GithubAnswer there = moved.ask("/repos/a/b/issues");
  CHECK(there.good());
  CHECK(there.moved_to == moved.url() + "/repositories/7/issues");
  CHECK(moved.requests()[1].line() == "GET /repositories/7/issues");
  Hub once([](int nth, const auto&) { return nth == 1 ? FakeServer::status(302, "Location: /x\r\n") : page("[]"); });
  CHECK(once.ask("/r").moved_to.empty());
  Hub circle([](int, const auto&) { return FakeServer::status(307, "Location: /r\r\n"); });
  CHECK(circle.ask("/r").why == "it leads on after 5 redirects");
  CHECK(circle.requests().size() == 6);
}

TEST_CASE("No credential ever leaves for another server") {
  FakeServer other;
  Hub redirect([&](int, const auto&) { return FakeServer::status(301, "Location: " + other.url() + "/r\r\n"); });
  CHECK(redirect.ask("/r").why == "it leads to another server, which must not see our credentials");
  Hub next([&](int, const auto&) { return page("[]", "Link: <" + other.url() + "/r>; rel=\"next\"\r\n"); });
  CHECK(next.ask("/r").why == "the next page is on another server");
  Hub direct([](int, const auto&) { return page("[]"); });
  CHECK(direct.ask(other.url() + "/r").meaning == Meaning::refused);
  CHECK(other.requests().empty());
}
