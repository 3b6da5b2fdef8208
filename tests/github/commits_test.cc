#include "github/commits.h"

#include "github/reading.h"

using namespace vedette;
using namespace vedette::test;

namespace {

std::string rest(const std::string& author, const std::string& email, const std::string& message = "m",
                 const std::string& parents = "{}") {
  return R"({"sha": "a1", "commit": {"author": {"email": ")" + email +
         R"(", "date": "2026-11-01T10:00:00Z"}, "committer": {"date": "2026-11-02T10:00:00+01:00"}, "message": ")" +
         message + R"("}, "author": )" + author + R"(, "parents": [)" + parents + "]}";
}

GithubCommit one(const std::string& row) {
  auto page = read_compare(json(R"({"status": "ahead", "total_commits": 1, "commits": [)" + row + "]}"));
  REQUIRE(page);
  REQUIRE(page->commits.size() == 1);
  return page->commits[0];
}

const std::string kAnn = R"({"login": "ann", "id": 11, "type": "User"})";

}  // namespace

TEST_CASE("A comparison tells the commits, and how many there are on all pages") {
  auto page =
      read_compare(json(R"({"status": "diverged", "total_commits": 250, "commits": [)" + rest(kAnn, "ann@x") + "]}"));
  REQUIRE(page);
  CHECK(page->status == ComparePage::Status::diverged);
  CHECK(page->total == 250);
  const GithubCommit commit = page->commits.at(0);
  CHECK(commit.sha == "a1");
  CHECK(format_utc(commit.authored) == "2026-11-01T10:00:00.000Z");
  CHECK(format_utc(commit.committed) == "2026-11-02T09:00:00.000Z");
  CHECK(commit.author == GithubPerson{11, "ann", false});
  CHECK(commit.email.empty());  // the account is enough
  CHECK_FALSE(commit.is_merge());
  CHECK(one(rest(kAnn, "ann@x", "m", R"({"sha": "p1"}, {"sha": "p2"})")).is_merge());
}

TEST_CASE("Whose a commit is follows from the account, else from GitHub's own address, else nobody knows") {
  for (const std::string nobody : {"null", "{}"}) {
    CHECK(one(rest(nobody, "ann@x")).author == GithubPerson{});
    CHECK(one(rest(nobody, "ann@x")).email == "ann@x");
    CHECK(one(rest(nobody, "11+ann@users.noreply.github.com")).author == GithubPerson{11, "ann", false});
    CHECK(one(rest(nobody, "11+ann@users.noreply.github.com")).email.empty());
    // The old form tells a login and no number: what it belongs to is for the ledger to say.
    CHECK(one(rest(nobody, "ann@users.noreply.github.com")).email == "ann@users.noreply.github.com");
  }
}

TEST_CASE("Co-authors are those of the trailers, without the author") {
  const GithubCommit commit = one(rest(
      kAnn, "ann@x",
      R"(m\n\nCo-authored-by: Ann <ANN@x>\nCo-authored-by: Bob <12+bob@users.noreply.github.com>\nCo-authored-by: Eve <eve@x>)"));
  CHECK(commit.co_authors == std::vector<GithubPerson>{{12, "bob", false}});
  CHECK(commit.co_emails == std::vector<std::string>{"eve@x"});
}

TEST_CASE("A history page has the same, and where the next one begins") {
  const std::string node =
      R"({"oid": "b2", "authoredDate": "2026-11-01T10:00:00Z", "committedDate": "2026-11-01T11:00:00Z",
    "parents": {"totalCount": 2}, "authors": {"nodes": [
      {"email": "ann@x", "user": {"databaseId": 11, "login": "ann", "__typename": "User"}},
      {"email": "eve@x", "user": null},
      {"email": "9+x[bot]@users.noreply.github.com", "user": null}]}})";
  auto page =
      read_history(json(R"({"totalCount": 10000, "pageInfo": {"hasNextPage": true, "endCursor": "b2 99"}, "nodes": [)" +
                        node + ", null]}"));
  REQUIRE(page);
  CHECK(page->total == 10000);
  CHECK(page->after == "b2 99");
  REQUIRE(page->commits.size() == 1);
  const GithubCommit& commit = page->commits[0];
  CHECK(commit.is_merge());
  CHECK(commit.author == GithubPerson{11, "ann", false});
  CHECK(commit.co_emails == std::vector<std::string>{"eve@x"});
  CHECK(commit.co_authors == std::vector<GithubPerson>{{9, "x[bot]", true}});
  auto last =
      read_history(json(R"({"totalCount": 0, "pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": []})"));
  REQUIRE(last);
  CHECK(last->after.empty());
}

TEST_CASE("What is no comparison and no history is an error, never an empty list") {
  for (const std::string text :
       {"{}", "[]", R"({"status": "ahead", "commits": []})",
        R"({"status": "sideways", "total_commits": 0, "commits": []})",
        R"({"status": "ahead", "total_commits": 1, "commits": [{}]})",
        R"({"status": "ahead", "total_commits": 1, "commits": [{"sha": "a", "commit": {}}]})"}) {
    INFO(text);
    CHECK_FALSE(read_compare(json(text)));
  }
  for (const std::string text :
       {"null", "{}", R"({"totalCount": 1})", R"({"totalCount": 1, "nodes": [{"oid": "a"}]})"}) {
    INFO(text);
    CHECK_FALSE(read_history(json(text)));
  }
}
