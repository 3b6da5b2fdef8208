#include "github/details.h"

#include "github/reading.h"

using namespace vedette;
using namespace vedette::test;

namespace {

Json answer(const std::string& nodes, const std::string& errors = "") {
  return json(R"({"data": {"repository": {)" + nodes + R"(}}, "errors": [)" + errors + "]}");
}

std::string user(int id, const std::string& login, const std::string& type = "User") {
  return R"({"__typename": ")" + type + R"(", "login": ")" + login + R"(", "databaseId": )" + std::to_string(id) + "}";
}

std::string review(const std::string& id, const std::string& at, const std::string& author) {
  return R"({"fullDatabaseId": ")" + id + R"(", "submittedAt": ")" + at + R"(", "author": )" + author + "}";
}

std::string pull(const std::string& reviews, const std::string& ready = "", const std::string& more = "") {
  return R"("n5": {"number": 5, "isDraft": false, "createdAt": "2026-11-01T10:00:00Z", "closedAt": "2026-11-03T10:00:00Z",
    "mergedAt": "2026-11-03T10:00:00Z", "author": )" +
         user(11, "ann") + R"(, "mergedBy": )" + user(12, "bob") +
         R"(, "mergeCommit": {"oid": "m5"}, "commits": {"nodes": [{"commit": {"authoredDate": "2026-10-31T10:00:00Z"}}]},
    "reviews": {"pageInfo": {"hasNextPage": )" +
         (more.empty() ? "false" : "true") + R"(, "endCursor": ")" + more + R"("}, "nodes": [)" + reviews +
         R"(]}, "timelineItems": {"nodes": [)" + (ready.empty() ? "" : R"({"createdAt": ")" + ready + "\"}") + "]}}";
}

PullDetails one(const std::string& node) {
  auto page = read_pulls(answer(node), {5});
  REQUIRE(page.found.size() == 1);
  return page.found[0];
}

}  // namespace

TEST_CASE("A pull request comes with who wrote, merged and reviewed it") {
  const PullDetails five = one(pull(review("9000000002", "2026-11-02T10:00:00Z", user(13, "eve")) + "," +
                                    review("9000000001", "2026-11-01T12:00:00Z", user(12, "bob")) +
                                    R"(, {"fullDatabaseId": "3", "submittedAt": null, "author": null}, null)"));
  CHECK(five.author == GithubPerson{11, "ann", false});
  CHECK(five.merged_by.id == 12);
  CHECK(five.merge_commit == "m5");
  CHECK(format_utc(*five.first_commit) == "2026-10-31T10:00:00.000Z");
  CHECK_FALSE(five.ready);
  REQUIRE(five.reviews.size() == 2);  // one is not submitted yet
  CHECK(five.reviews[0].id == "9000000001");
  CHECK(five.reviews[1].author.login == "eve");
  CHECK(five.more_reviews.empty());
  CHECK(one(pull("", "", "next")).more_reviews == "next");
}

TEST_CASE("The first review is the first word of somebody else who is no bot, from the moment it was ready") {
  auto waited = [](const std::string& reviews, const std::string& ready = "") {
    return time_to_first_review(one(pull(reviews, ready)));
  };
  const std::string own = review("1", "2026-11-01T10:10:00Z", user(11, "ann")),
                    bot = review("2", "2026-11-01T10:20:00Z", user(8, "linter", "Bot")),
                    bob = review("3", "2026-11-01T11:00:00Z", user(12, "bob")),
                    ghost = review("4", "2026-11-01T10:30:00Z", "null");
  CHECK_FALSE(waited(""));
  CHECK_FALSE(waited(own + "," + bot));
  CHECK(waited(own + "," + bot + "," + bob) == std::chrono::hours(1));
  CHECK(waited(bob + "," + ghost) == std::chrono::minutes(30));  // whose account is gone was somebody
  CHECK(waited(bob, "2026-11-01T10:45:00Z") == std::chrono::minutes(15));
  CHECK(waited(bob, "2026-11-01T12:00:00Z") == Duration{});  // while it was a draft
}

TEST_CASE("An issue comes with who closed it, and with whose work did") {
  const std::string issue =
      R"({"number": 7, "state": "CLOSED", "stateReason": "COMPLETED", "closedAt": "2026-11-03T10:00:00Z",
    "author": )" +
      user(11, "ann") + R"(, "assignees": {"nodes": [)" + user(14, "kim") + R"(]},
    "timelineItems": {"nodes": [{"actor": )" +
      user(12, "bob") + R"(, "closer": )";
  auto closed = [&](const std::string& closer) {
    auto page = read_issues(answer("\"n7\": " + issue + closer + "}]}}"), {7});
    REQUIRE(page.found.size() == 1);
    return page.found[0];
  };
  CHECK(closed("null").closed_by.id == 12);
  CHECK_FALSE(closed("null").closing_author);
  CHECK(closed("null").assignees.at(0).id == 14);
  CHECK(closed("null").reason == "COMPLETED");
  CHECK_FALSE(closed("null").open);
  CHECK(closed(R"({"author": )" + user(13, "eve") + "}").closing_author->id == 13);
  CHECK(closed(R"({"author": {"user": )" + user(13, "eve") + "}}").closing_author->id == 13);
  CHECK_FALSE(closed(R"({"author": {"user": null}})").closing_author);
}

TEST_CASE("Each number that was asked for is found, gone, or to be asked for again") {
  const std::string gone = R"({"type": "NOT_FOUND", "path": ["repository", "n6"], "message": "no"})",
                    broken = R"({"type": "SERVICE_UNAVAILABLE", "path": ["repository", "n8"], "message": "no"})";
  const Json body = answer(pull("") + R"(, "n6": null, "n8": null, "n9": {"number": 9})", gone + "," + broken);
  const auto page = read_pulls(body, {5, 6, 8, 9, 10});
  REQUIRE(page.found.size() == 1);
  CHECK(page.gone == std::vector<std::int64_t>{6});
  CHECK(page.failed == std::vector<std::int64_t>{8, 9, 10});
  CHECK(read_pulls(json("{}"), {5}).failed == std::vector<std::int64_t>{5});
}

TEST_CASE("A question names each number once, and the repository as a variable") {
  const Json pulls = json(pulls_question("o/r \"x\"", {5, 6}));
  const std::string query = pulls.at("query").text_or("");
  CHECK(query.find("n5:pullRequest(number:5){...f}") != std::string::npos);
  CHECK(query.find("n6:pullRequest(number:6){...f}") != std::string::npos);
  CHECK(query.find("fragment f on PullRequest{") != std::string::npos);
  CHECK(query.find("ACTOR") == std::string::npos);
  CHECK(pulls.at("variables").at("name").text() == "r \"x\"");
  CHECK(json(issues_question("o/r", {7})).at("query").text_or("").find("fragment f on Issue{") != std::string::npos);
}
