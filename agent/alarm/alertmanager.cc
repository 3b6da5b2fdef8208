#include "alarm/alertmanager.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/text.h"
#include "net/fetch.h"

namespace vedette {
namespace {

std::string first_line(std::string_view body) {
  const std::string_view text = trim(body);
  return text.empty() ? "" : ": " + in_quotes(trim(text.substr(0, text.find('\n'))));
}

PostOutcome judge(const Fetched& answer) {
  PostOutcome outcome;
  outcome.took = answer.took;
  const int status = answer.status;
  if (status / 100 == 2) {
    outcome.kind = PostOutcome::Kind::ok;  // even if the rest of the answer was lost: it had been taken
    return outcome;
  }
  if (status == 0) {
    outcome.why = answer.why;
    return outcome;
  }
  // 400: not valid; 422: not even of the right form; 413: too large.
  if (status == 400 || status == 413 || status == 422) outcome.kind = PostOutcome::Kind::refused;
  outcome.wait = asked_to_wait(answer.headers, wall_now());
  // Only who has looked at the alerts says something about them; others may repeat our credentials.
  const bool about_alerts = outcome.kind == PostOutcome::Kind::refused;
  outcome.why = fmt::format("status {}{}", status, about_alerts ? first_line(answer.body) : "");
  return outcome;
}

}  // namespace

Task<PostOutcome> post_alerts(Net& net, Alertmanager to, std::string body) {
  FetchRequest request;
  auto credentials = to.credentials ? to.credentials() : std::vector<std::string>{};
  if (!credentials) {
    PostOutcome outcome;
    outcome.why = credentials.error().message;
    co_return outcome;
  }
  request.profile = std::move(to.profile);
  request.url = to.url + "/api/v2/alerts";
  request.server_name = std::move(to.server_name);
  request.headers = *std::move(credentials);
  request.body = std::move(body);
  request.timeout = to.timeout;
  request.most = 4096;  // nobody needs more than the first line of it
  Fetched answer = co_await fetch(net, std::move(request));
  co_return judge(answer);
}

}  // namespace vedette
