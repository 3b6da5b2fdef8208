#include "github/commits.h"

#include <utility>

#include "base/text.h"

namespace vedette {
namespace {

/// Somebody by whatever is known: the account GitHub names, else an address that tells it, else the address alone.
void add_co_author(GithubCommit& commit, GithubPerson person, std::string email) {
  if (person.id == 0) {
    if (auto known = person_of_email(email); known && known->id != 0) person = *std::move(known);
  }
  if (person.id != 0) {
    commit.co_authors.push_back(std::move(person));
  } else if (!email.empty()) {
    commit.co_emails.push_back(std::move(email));
  }
}

void settle_author(GithubCommit& commit) {
  if (commit.author.id != 0) {
    commit.email.clear();
    return;
  }
  if (auto known = person_of_email(commit.email)) commit.author = *std::move(known);
  if (commit.author.id != 0) commit.email.clear();
}

std::optional<GithubCommit> read_rest_commit(const Json& row) {
  GithubCommit commit;
  commit.sha = row.at("sha").text_or("");
  const Json git = row.at("commit");
  auto authored = parse_rfc3339(git.at("author").at("date").text_or(""));
  auto committed = parse_rfc3339(git.at("committer").at("date").text_or(""));
  if (commit.sha.empty() || !(authored || committed)) return std::nullopt;
  commit.authored = authored ? *authored : *committed;
  commit.committed = committed ? *committed : *authored;
  commit.parents = static_cast<int>(row.at("parents").items().size());
  commit.author = read_person(row.at("author"));
  commit.email = git.at("author").at("email").text_or("");
  const std::string own = commit.email;
  settle_author(commit);
  for (std::string& email : co_author_emails(git.at("message").text_or(""))) {
    if (!equal_ignore_case(email, own)) add_co_author(commit, {}, std::move(email));
  }
  return commit;
}

std::optional<GithubCommit> read_graphql_commit(const Json& node) {
  GithubCommit commit;
  commit.sha = node.at("oid").text_or("");
  auto authored = parse_rfc3339(node.at("authoredDate").text_or(""));
  auto committed = parse_rfc3339(node.at("committedDate").text_or(""));
  if (commit.sha.empty() || !authored || !committed) return std::nullopt;
  commit.authored = *authored;
  commit.committed = *committed;
  commit.parents = static_cast<int>(node.at("parents").at("totalCount").integer_or(0));
  bool first = true;  // the git author; the co-authors follow
  for (const Json& actor : node.at("authors").at("nodes").items()) {
    GithubPerson person = read_person(actor.at("user"));
    std::string email = actor.at("email").text_or("");
    if (first) {
      commit.author = std::move(person);
      commit.email = std::move(email);
      settle_author(commit);
    } else {
      add_co_author(commit, std::move(person), std::move(email));
    }
    first = false;
  }
  return commit;
}

std::optional<ComparePage::Status> read_status(const std::string& word) {
  if (word == "identical") return ComparePage::Status::identical;
  if (word == "ahead") return ComparePage::Status::ahead;
  if (word == "behind") return ComparePage::Status::behind;
  if (word == "diverged") return ComparePage::Status::diverged;
  return std::nullopt;
}

}  // namespace

Result<ComparePage> read_compare(const Json& body) {
  ComparePage page;
  auto status = read_status(body.at("status").text_or(""));
  auto total = body.at("total_commits").integer();
  if (!status || !total || !body.at("commits").is_list()) return Error{"the answer is no comparison"};
  page.status = *status;
  page.total = *total;
  for (const Json& row : body.at("commits").items()) {
    auto commit = read_rest_commit(row);
    if (!commit) return Error{"the comparison holds a commit without a hash or a date"};
    page.commits.push_back(*std::move(commit));
  }
  return page;
}

std::string_view history_fields() {
  return "oid authoredDate committedDate parents(first:1){totalCount} "
         "authors(first:10){nodes{email user{databaseId login __typename}}}";
}

Result<HistoryPage> read_history(const Json& history) {
  HistoryPage page;
  auto total = history.at("totalCount").integer();
  if (!total || !history.at("nodes").is_list()) return Error{"the answer is no history"};
  page.total = *total;
  for (const Json& node : history.at("nodes").items()) {
    if (node.is_null()) continue;
    auto commit = read_graphql_commit(node);
    if (!commit) return Error{"the history holds a commit without a hash or a date"};
    page.commits.push_back(*std::move(commit));
  }
  const Json info = history.at("pageInfo");
  if (info.at("hasNextPage").flag().value_or(false)) page.after = info.at("endCursor").text_or("");
  return page;
}

}  // namespace vedette
