#pragma once
// Commits as GitHub's two interfaces tell them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "github/people.h"
#include "page/json.h"

namespace vedette {

struct GithubCommit {
  std::string sha;
  WallTime authored{}, committed{};
  int parents = 0;  // two or more: a merge
  GithubPerson author;
  std::string email;                     // the author's, where GitHub does not know whose it is
  std::vector<GithubPerson> co_authors;  // whom GitHub knows
  std::vector<std::string> co_emails;    // of the others

  bool is_merge() const { return parents > 1; }
};

/// One page of GET /repos/{owner}/{repo}/compare/{base}...{head}.
struct ComparePage {
  enum class Status { identical, ahead, behind, diverged };
  Status status = Status::identical;
  std::int64_t total = 0;  // commits on all pages together
  std::vector<GithubCommit> commits;
};
Result<ComparePage> read_compare(const Json& body);

/// One page of `history` of a GraphQL Commit.
struct HistoryPage {
  std::int64_t total = 0;
  std::vector<GithubCommit> commits;  // newest first
  std::string after;                  // where the next page begins; empty: this was the last
};
Result<HistoryPage> read_history(const Json& history);
/// The fields of `nodes` that read_history() wants, in GraphQL.
std::string_view history_fields();

}  // namespace vedette
