#include "command/alarms_endpoint.h"

#include <set>

#include "base/text.h"
#include "command/alarm_query.h"
#include "page/alarms_json.h"
#include "store/past.h"

namespace vedette {
namespace {

constexpr std::size_t kMostRows = 1000;

WebResponse answer(int status, std::string body) {
  WebResponse response;
  response.status = status;
  response.type = "application/json";
  response.body = std::move(body);
  return response;
}

WebResponse refusal(const std::string& parameter, const std::string& why) {
  return answer(400, alarms_error_json("bad_data", "parameter " + parameter + " " + why));
}

/// Every parameter in its order, since `label` may come several times.
Result<std::vector<std::pair<std::string, std::string>>> parameters_of(const WebRequest& request) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string_view piece : split(request.query, '&')) {
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    const std::string_view raw = equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1);
    auto name = query_decode(piece.substr(0, equals)), value = query_decode(raw);
    if (!name || !value) return Error{in_quotes(piece) + " has a % that no two hexadecimal digits follow"};
    parameters.emplace_back(*std::move(name), *std::move(value));
  }
  return parameters;
}

}  // namespace

WebResponse alarms_page(const WebRequest& request, Store& store) {
  if (request.method != "GET" && request.method != "HEAD") {
    WebResponse response = answer(405, alarms_error_json("bad_data", "only GET is answered here"));
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  const auto parameters = parameters_of(request);
  if (!parameters) return answer(400, alarms_error_json("bad_data", parameters.error().message));
  TransitionQuery query;
  const WallTime at = wall_now();
  std::set<std::string> seen;
  for (const auto& [name, value] : *parameters) {
    if (name != "label" && !seen.insert(name).second) return refusal(in_quotes(name), "may be given once");
    if (name == "after") {
      if (!value.empty() && !parse_position(value)) return refusal("\"after\"", "must be the `next` of another page");
      query.after = value;
      continue;
    }
    if (auto read = read_alarm_word(name, value, at, query); !read)
      return refusal(in_quotes(name), read.error().message);
  }
  if (query.limit < 1 || query.limit > kMostRows)
    return refusal("\"limit\"", "must be 1 to " + std::to_string(kMostRows));
  const auto page = store.transitions(query);
  if (!page) return answer(503, alarms_error_json("unavailable", page.error().message));
  return answer(200, alarms_json(*page));
}

}  // namespace vedette
