#pragma once
// What only GraphQL tells of pull requests and issues: who reviewed, who closed. Asked for by number, some dozens at
// once, each under an alias of its own, so that one that is gone does not take the others with it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "github/people.h"
#include "page/json.h"

namespace vedette {

struct Review {
  std::string id;  // a number; GitHub's are longer than some readers' numbers
  GithubPerson author;
  WallTime submitted{};
  bool operator==(const Review&) const = default;
};

struct PullDetails {
  std::int64_t number = 0;
  GithubPerson author, merged_by;
  WallTime created{};
  std::optional<WallTime> ready;  // when it last left being a draft; none: it never was one
  std::optional<WallTime> merged, closed;
  bool draft = false;
  std::string merge_commit;              // empty: not merged
  std::optional<WallTime> first_commit;  // when the first of its commits was written
  std::vector<Review> reviews;           // submitted ones, the oldest first
  std::string more_reviews;              // where the next ones begin; empty: these are all
};

struct IssueDetails {
  std::int64_t number = 0;
  bool open = true;
  std::string reason;  // "COMPLETED", "NOT_PLANNED", "DUPLICATE" …; may be empty
  std::optional<WallTime> closed;
  GithubPerson author, closed_by;
  std::optional<GithubPerson> closing_author;  // of the pull request or commit that closed it
  std::vector<GithubPerson> assignees;
};

/// What became of each number that was asked for.
template <class Details>
struct DetailsPage {
  std::vector<Details> found;
  std::vector<std::int64_t> gone;    // deleted or transferred
  std::vector<std::int64_t> failed;  // ask again, in a smaller question
};

/// The question for these numbers of a repository "owner/name".
std::string pulls_question(const std::string& repository, const std::vector<std::int64_t>& numbers);
std::string issues_question(const std::string& repository, const std::vector<std::int64_t>& numbers);

/// The whole body of an answer to such a question.
DetailsPage<PullDetails> read_pulls(const Json& body, const std::vector<std::int64_t>& numbers);
DetailsPage<IssueDetails> read_issues(const Json& body, const std::vector<std::int64_t>& numbers);

/// How long the pull request waited for the first word of somebody else who is no bot, from the moment it was ready.
/// None: nobody has said anything yet. Never negative.
std::optional<Duration> time_to_first_review(const PullDetails& pull);

}  // namespace vedette
