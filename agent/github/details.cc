#include "github/details.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "github/graphql.h"

namespace vedette {
namespace {

// Only these kinds of account have a number; a bot's login has no suffix here.
constexpr std::string_view kActor =
    "{__typename login ...on User{databaseId}...on Bot{databaseId}...on Mannequin{databaseId}"
    "...on Organization{databaseId}}";

std::string with_actor(std::string_view fields) {
  std::string text(fields);
  for (std::size_t at = text.find("ACTOR"); at != std::string::npos; at = text.find("ACTOR"))
    text.replace(at, 5, kActor);
  return text;
}

const std::string& pull_fields() {
  static const std::string fields = with_actor(
      "number isDraft createdAt closedAt mergedAt author ACTOR mergedBy ACTOR mergeCommit{oid} "
      "commits(first:1){nodes{commit{authoredDate}}} "
      "reviews(first:50,states:[APPROVED,CHANGES_REQUESTED,COMMENTED,DISMISSED]){pageInfo{hasNextPage endCursor} "
      "nodes{fullDatabaseId submittedAt author ACTOR}} "
      "timelineItems(last:1,itemTypes:[READY_FOR_REVIEW_EVENT]){nodes{...on ReadyForReviewEvent{createdAt}}}");
  return fields;
}

const std::string& issue_fields() {
  static const std::string fields = with_actor(
      "number state stateReason closedAt author ACTOR "
      "assignees(first:10){nodes{__typename login databaseId}} "
      "timelineItems(last:1,itemTypes:[CLOSED_EVENT]){nodes{...on ClosedEvent{actor ACTOR "
      "closer{...on PullRequest{author ACTOR}...on Commit{author{user{__typename login databaseId}}}}}}}");
  return fields;
}

std::string question(const std::string& repository, const std::vector<std::int64_t>& numbers, std::string_view what,
                     const std::string& fields) {
  std::string query = "query($owner:String!,$name:String!){repository(owner:$owner,name:$name){";
  for (std::int64_t number : numbers) query += fmt::format("n{0}:{1}(number:{0}){{...f}} ", number, what);
  query += fmt::format("}}}} fragment f on {}{{{}}}", what == "issue" ? "Issue" : "PullRequest", fields);
  const std::size_t slash = repository.find('/');
  return graphql_body(query, {{"owner", json_string(repository.substr(0, slash))},
                              {"name", json_string(repository.substr(slash + 1))}});
}

std::optional<WallTime> time_at(const Json& node, std::string_view key) {
  return parse_rfc3339(node.at(key).text_or(""));
}

std::optional<PullDetails> read_pull(const Json& node) {
  PullDetails pull;
  auto created = time_at(node, "createdAt");
  if (!created) return std::nullopt;
  pull.number = node.at("number").integer_or(0);
  pull.created = *created;
  pull.author = read_person(node.at("author"));
  pull.merged_by = read_person(node.at("mergedBy"));
  pull.draft = node.at("isDraft").flag().value_or(false);
  pull.merged = time_at(node, "mergedAt");
  pull.closed = time_at(node, "closedAt");
  pull.merge_commit = node.at("mergeCommit").at("oid").text_or("");
  for (const Json& one : node.at("commits").at("nodes").items())
    pull.first_commit = time_at(one.at("commit"), "authoredDate");
  for (const Json& one : node.at("timelineItems").at("nodes").items()) pull.ready = time_at(one, "createdAt");
  for (const Json& one : node.at("reviews").at("nodes").items()) {
    auto submitted = time_at(one, "submittedAt");
    std::string id = one.at("fullDatabaseId").text_or("");
    if (submitted && !id.empty()) pull.reviews.push_back({std::move(id), read_person(one.at("author")), *submitted});
  }
  std::stable_sort(pull.reviews.begin(), pull.reviews.end(),
                   [](const Review& a, const Review& b) { return a.submitted < b.submitted; });
  const Json info = node.at("reviews").at("pageInfo");
  if (info.at("hasNextPage").flag().value_or(false)) pull.more_reviews = info.at("endCursor").text_or("");
  return pull;
}

std::optional<IssueDetails> read_issue(const Json& node) {
  IssueDetails issue;
  const std::string state = node.at("state").text_or("");
  if (state.empty()) return std::nullopt;
  issue.number = node.at("number").integer_or(0);
  issue.open = state != "CLOSED";
  issue.reason = node.at("stateReason").text_or("");
  issue.closed = time_at(node, "closedAt");
  issue.author = read_person(node.at("author"));
  for (const Json& one : node.at("assignees").at("nodes").items()) issue.assignees.push_back(read_person(one));
  for (const Json& event : node.at("timelineItems").at("nodes").items()) {
    issue.closed_by = read_person(event.at("actor"));
    const Json author = event.at("closer").at("author");
    const GithubPerson closing = read_person(author.at("user").present() ? author.at("user") : author);
    if (closing.id != 0) issue.closing_author = closing;
  }
  return issue;
}

template <class Details, class Read>
DetailsPage<Details> read_page(const Json& body, const std::vector<std::int64_t>& numbers, Read read) {
  DetailsPage<Details> page;
  const std::vector<GraphqlError> errors = graphql_errors(body);
  const Json repository = body.at("data").at("repository");
  for (std::int64_t number : numbers) {
    const std::string alias = fmt::format("n{}", number);
    const Json node = repository.at(alias);
    auto details = node.is_map() ? read(node) : std::nullopt;
    if (details && details->number == number) {
      page.found.push_back(*std::move(details));
      continue;
    }
    const bool gone = std::any_of(errors.begin(), errors.end(), [&](const GraphqlError& error) {
      return error.type == "NOT_FOUND" && std::find(error.path.begin(), error.path.end(), alias) != error.path.end();
    });
    (gone ? page.gone : page.failed).push_back(number);
  }
  return page;
}

}  // namespace

std::string pulls_question(const std::string& repository, const std::vector<std::int64_t>& numbers) {
  return question(repository, numbers, "pullRequest", pull_fields());
}

std::string issues_question(const std::string& repository, const std::vector<std::int64_t>& numbers) {
  return question(repository, numbers, "issue", issue_fields());
}

DetailsPage<PullDetails> read_pulls(const Json& body, const std::vector<std::int64_t>& numbers) {
  return read_page<PullDetails>(body, numbers, read_pull);
}

DetailsPage<IssueDetails> read_issues(const Json& body, const std::vector<std::int64_t>& numbers) {
  return read_page<IssueDetails>(body, numbers, read_issue);
}

std::optional<Duration> time_to_first_review(const PullDetails& pull) {
  const WallTime ready = pull.ready.value_or(pull.created);
  std::optional<WallTime> first;
  for (const Review& review : pull.reviews) {
    const bool own = review.author.id != 0 && review.author.id == pull.author.id;
    if (own || review.author.bot) continue;
    if (!first) first = review.submitted;
  }
  if (!first) return std::nullopt;
  return std::max(*first - ready, Duration{});
}

}  // namespace vedette
