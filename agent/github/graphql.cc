#include "github/graphql.h"

#include "base/text.h"

namespace vedette {

std::string graphql_body(std::string_view query, const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string body = R"({"query":)" + json_string(query) + R"(,"variables":{)";
  for (const auto& [name, value] : variables) {
    if (!body.ends_with('{')) body += ',';
    body += json_string(name) + ":" + value;
  }
  return body + "}}";
}

std::vector<GraphqlError> graphql_errors(const Json& body) {
  std::vector<GraphqlError> errors;
  for (const Json& one : body.at("errors").items()) {
    GraphqlError error{one.at("type").text_or(""), {}, one.at("message").text_or("")};
    for (const Json& step : one.at("path").items()) {
      if (auto name = step.text()) error.path.push_back(*std::move(name));
    }
    errors.push_back(std::move(error));
  }
  return errors;
}

void reread_as_graphql(Understood& understood, const HttpHeaders& headers, WallTime at) {
  if (understood.meaning != Meaning::page) return;
  const std::vector<GraphqlError> errors = graphql_errors(understood.body);
  const bool has_data = understood.body.at("data").is_map();
  if (errors.empty() && has_data) return;
  for (const GraphqlError& error : errors) {
    const bool limited = error.type == "RATE_LIMITED" || error.type == "RATE_LIMIT";
    const bool warned = to_lower(error.message).find("secondary rate limit") != std::string::npos;
    if (!limited && !warned) continue;
    understood.meaning = warned ? Meaning::slow_down : Meaning::exhausted;
    understood.why = "GraphQL: " + in_quotes(shortened(error.message, 200));
    understood.wait = std::min<Duration>(asked_to_wait(headers, at), std::chrono::minutes(65));
    const RateNews rate = rate_news(headers);
    if (understood.wait == Duration{} && rate.remaining == 0 && rate.reset)
      understood.wait = wait_for_reset(headers, *rate.reset, at);
    return;
  }
  if (has_data) return;
  understood.meaning = Meaning::broken;
  understood.why = errors.empty() ? "GraphQL: neither data nor an error"
                                  : "GraphQL: " + in_quotes(shortened(errors.front().message, 200));
}

}  // namespace vedette
