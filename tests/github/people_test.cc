#include "github/people.h"

#include "support/catch.h"

using namespace vedette;

namespace {

GithubPerson person(std::string_view json) {
  auto parsed = Json::parse(json);
  REQUIRE(parsed);
  return read_person(*parsed);
}

}  // namespace

TEST_CASE("People are read from either interface, and bots are bots in both") {
  CHECK(person(R"({"id": 4294967296, "login": "ann", "type": "User"})") == GithubPerson{4294967296, "ann", false});
  CHECK(person(R"({"databaseId": 7, "login": "bob", "__typename": "User"})") == GithubPerson{7, "bob", false});
  CHECK(person(R"({"id": 8, "login": "dependabot[bot]", "type": "Bot"})") == GithubPerson{8, "dependabot[bot]", true});
  CHECK(person(R"({"databaseId": 8, "login": "dependabot", "__typename": "Bot"})") ==
        GithubPerson{8, "dependabot[bot]", true});
  for (std::string_view nobody : {"null", "{}", "[]", "\"ann\""}) CHECK(person(nobody) == GithubPerson{});
}

TEST_CASE("GitHub's own addresses tell whose they are") {
  CHECK(person_of_email("12+octo@users.noreply.github.com") == GithubPerson{12, "octo", false});
  CHECK(person_of_email("12+Octo@Users.NoReply.GitHub.com") == GithubPerson{12, "Octo", false});
  CHECK(person_of_email("octo@users.noreply.github.com") == GithubPerson{0, "octo", false});
  CHECK(person_of_email("49699333+dependabot[bot]@users.noreply.github.com") ==
        GithubPerson{49699333, "dependabot[bot]", true});
  for (std::string_view other :
       {"", "@users.noreply.github.com", "+a@users.noreply.github.com", "x+a@users.noreply.github.com",
        "-1+a@users.noreply.github.com", "3+@users.noreply.github.com", "octo@example.org",
        "octo@users.noreply.github.com.evil.org"}) {
    INFO(other);
    CHECK_FALSE(person_of_email(other));
  }
}

TEST_CASE("Co-authors stand in the trailers of a message") {
  using Emails = std::vector<std::string>;
  CHECK(co_author_emails("Mend it\n\nBecause.\n\nCo-authored-by: Bob <bob@x>\nco-authored-BY:  Ann  < ann@x >\r\n") ==
        Emails{"bob@x", "ann@x"});
  CHECK(co_author_emails("Co-authored-by: Bob <bob@x>\nCo-authored-by: Robert <bob@x>") == Emails{"bob@x"});
  CHECK(co_author_emails(
            "a\nCo-authored-by: nobody\nCo-authored-by: <>\nSigned-off-by: Eve <eve@x>\nSee Co-authored-by: <a@x>")
            .empty());
  CHECK(co_author_emails("").empty());
}

TEST_CASE("A pseudonym is one person's, and one key's") {
  CHECK(pseudonym("key", 7) == pseudonym("key", 7));
  CHECK(pseudonym("key", 7) != pseudonym("key", 8));
  CHECK(pseudonym("key", 7) != pseudonym("other", 7));
  CHECK(pseudonym("key", 7).size() == 16);
  CHECK(pseudonym("key", 7).starts_with("dev-"));
}
