#pragma once
// GitHub's GraphQL answers 200 to nearly everything: what went wrong stands in the body. Pure.

#include <string>
#include <utility>
#include <vector>

#include "github/answer.h"
#include "page/json.h"

namespace vedette {

/// The body of a question: {"query": …, "variables": …}. Variables are JSON already.
std::string graphql_body(std::string_view query, const std::vector<std::pair<std::string, std::string>>& variables);

/// One entry of `errors`.
struct GraphqlError {
  std::string type;               // "NOT_FOUND", "RATE_LIMITED" …; may be empty
  std::vector<std::string> path;  // names and aliases from the top; none: the answer as a whole
  std::string message;
};
std::vector<GraphqlError> graphql_errors(const Json& body);

/// A page whose body says that a limit was hit, or that there is no answer at all, means that. What has data stays a
/// page, also with errors beside it: they concern single aliases.
void reread_as_graphql(Understood& understood, const HttpHeaders& headers, WallTime at);

}  // namespace vedette
