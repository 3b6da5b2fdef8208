#include "github/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::array<std::string_view, 17> kNames = {
    "page",         "same",       "nothing",   "empty_repository", "later",     "moved",
    "unauthorised", "locked_out", "exhausted", "slow_down",        "forbidden", "missing",
    "gone",         "blocked",    "too_deep",  "refused",          "broken"};

constexpr Duration kLongestWait = std::chrono::minutes(65);  // a quota is whole again within the hour

std::optional<std::int64_t> header_number(const HttpHeaders& headers, std::string_view name) {
  auto text = headers.find(name);
  return text ? parse_int<std::int64_t>(trim(*text)) : std::nullopt;
}

bool contains(std::string_view text, std::string_view part) { return to_lower(text).find(part) != std::string::npos; }

/// GitHub's own sentence, or the status when there is none.
std::string sentence_of(int status, const Json& body) {
  const std::string message = body.at("message").text_or("");
  return message.empty() ? fmt::format("status {}", status)
                         : fmt::format("status {}: {}", status, in_quotes(shortened(message, 200)));
}

/// 403 and 429 say five different things.
Meaning meaning_of_refusal(const Fetched& answer, const Json& body, const RateNews& rate) {
  const std::string message = body.at("message").text_or("");
  if (body.at("block").is_map() || contains(message, "repository access blocked")) return Meaning::blocked;
  if (contains(message, "secondary rate limit") || contains(message, "abuse detection")) return Meaning::slow_down;
  if (contains(message, "maximum number of login attempts")) return Meaning::locked_out;
  if (rate.remaining == 0) return Meaning::exhausted;
  if (answer.headers.find("Retry-After") || answer.status == 429) return Meaning::slow_down;
  return Meaning::forbidden;
}

Meaning meaning_of_unprocessable(const Json& body) {
  const std::string message = body.at("message").text_or("");
  const bool deep =
      contains(message, "pagination") || contains(message, "large dataset") || contains(message, "first 1000");
  return deep ? Meaning::too_deep : Meaning::refused;
}

Meaning meaning_of_status(const Fetched& answer, const Json& body, const RateNews& rate) {
  switch (answer.status) {
    case 202: return Meaning::later;
    case 204: return Meaning::nothing;
    case 304: return Meaning::same;
    case 301:
    case 302:
    case 307:
    case 308: return Meaning::moved;
    case 401: return Meaning::unauthorised;
    case 403:
    case 429: return meaning_of_refusal(answer, body, rate);
    case 404: return Meaning::missing;
    case 408: return Meaning::broken;
    case 409: return contains(body.at("message").text_or(""), "empty") ? Meaning::empty_repository : Meaning::refused;
    case 410: return Meaning::gone;
    case 422: return meaning_of_unprocessable(body);
    case 451: return Meaning::blocked;
    default: break;
  }
  if (answer.status / 100 == 2) return Meaning::page;
  return answer.status / 100 == 4 ? Meaning::refused : Meaning::broken;
}

bool says_json(const HttpHeaders& headers) {
  const std::string_view type = headers.find("Content-Type").value_or("");
  return contains(type, "json");
}

/// A 200 whose body cannot be what was asked for.
std::string fault_of_page(const Fetched& answer, const Result<Json>& body) {
  if (!says_json(answer.headers))
    return "the answer is no JSON but " + in_quotes(answer.headers.find("Content-Type").value_or(""));
  return body ? "" : body.error().message;
}

void say_why(Understood& understood, const Fetched& answer, const Json& body) {
  if (understood.meaning <= Meaning::later) return;
  understood.why = sentence_of(answer.status, body);
  if (understood.meaning != Meaning::forbidden) return;
  if (auto permissions = answer.headers.find("X-Accepted-GitHub-Permissions"))
    understood.why += fmt::format(", it needs {}", in_quotes(*permissions));
  if (answer.headers.find("X-GitHub-SSO"))
    understood.why += ", the token is not authorised for the organisation's single sign-on";
}

}  // namespace

std::string_view meaning_name(Meaning meaning) { return kNames[static_cast<std::size_t>(meaning)]; }

RateNews rate_news(const HttpHeaders& headers) {
  RateNews news;
  news.resource = std::string(trim(headers.find("X-RateLimit-Resource").value_or("")));
  news.limit = header_number(headers, "X-RateLimit-Limit");
  news.remaining = header_number(headers, "X-RateLimit-Remaining");
  constexpr std::int64_t kLatest = 9'000'000'000;  // what lies beyond our clock's nanoseconds is no moment
  auto reset = header_number(headers, "X-RateLimit-Reset");
  if (reset && *reset > 0 && *reset < kLatest) news.reset = WallTime(seconds(*reset));
  return news;
}

Duration wait_for_reset(const HttpHeaders& headers, WallTime reset, WallTime at) {
  auto date = parse_http_date(trim(headers.find("Date").value_or("")));
  return std::clamp<Duration>(reset - date.value_or(at), seconds(1), kLongestWait);
}

Understood understand(const Fetched& answer, WallTime at) {
  Understood understood;
  if (answer.status == 0 || !answer.why.empty()) {
    understood.why = answer.why.empty() ? "no answer" : answer.why;
    return understood;
  }
  Result<Json> body = Json::parse(answer.body);
  const Json known = body ? *body : Json();
  const RateNews rate = rate_news(answer.headers);
  understood.meaning = meaning_of_status(answer, known, rate);
  if (understood.meaning == Meaning::page) {
    understood.why = fault_of_page(answer, body);
    if (!understood.why.empty()) understood.meaning = Meaning::broken;
    understood.body = known;
    return understood;
  }
  say_why(understood, answer, known);
  if (understood.meaning == Meaning::moved) {
    understood.location = std::string(trim(answer.headers.find("Location").value_or("")));
    understood.for_ever = answer.status == 301 || answer.status == 308;
    if (understood.location.empty()) understood.meaning = Meaning::broken;
  }
  understood.wait = std::min(asked_to_wait(answer.headers, at), kLongestWait);
  const bool limited = understood.meaning == Meaning::exhausted || understood.meaning == Meaning::slow_down;
  if (limited && understood.wait == Duration{} && rate.remaining == 0 && rate.reset)
    understood.wait = wait_for_reset(answer.headers, *rate.reset, at);
  return understood;
}

std::string next_page(const HttpHeaders& headers) {
  std::string_view rest = headers.find("Link").value_or("");
  while (true) {
    const std::size_t open = rest.find('<'), close = rest.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view address = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);
    const std::string_view parameters = rest.substr(0, rest.find('<'));
    for (std::string_view part : split(parameters, ';')) {
      part = trim(part.substr(0, part.find(',')));
      if (equal_ignore_case(part, "rel=\"next\"") || equal_ignore_case(part, "rel=next")) return std::string(address);
    }
  }
}

}  // namespace vedette
