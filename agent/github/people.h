#pragma once
// Who did something, as far as GitHub's answers tell. People are told apart by their number, which stays when a login
// changes. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "page/json.h"

namespace vedette {

struct GithubPerson {
  std::int64_t id = 0;  // 0: GitHub does not know who it was
  std::string login;    // as of now; empty: not told
  bool bot = false;

  bool operator==(const GithubPerson&) const = default;
};

/// A `user` or `author` of REST, or an actor of GraphQL, whose bots have no suffix and say so by their type. Null, or
/// empty, as of a deleted account: nobody.
GithubPerson read_person(const Json& user);

/// GitHub's own addresses tell who they belong to: "12+octo@users.noreply.github.com". The older form has no number.
/// None of any other address.
std::optional<GithubPerson> person_of_email(std::string_view email);

/// The addresses of "Co-authored-by: Name <address>" lines in a commit's message, in order, each once.
std::vector<std::string> co_author_emails(std::string_view message);

/// What stands in a label instead of a login: the same for the same person as long as the key stays.
std::string pseudonym(std::string_view key, std::int64_t person);

}  // namespace vedette
