#include "command/alarms_endpoint.h"

#include "store/stores.h"

namespace vedette {
namespace {

WebResponse ask(Store& store, const std::string& query, const std::string& method = "GET") {
  WebRequest request;
  request.method = method;
  request.path = "/api/v1/alarms";
  request.query = query;
  return alarms_page(request, store);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

std::size_t rows_of(Store& store, const std::string& query) {
  const WebResponse response = ask(store, query);
  CHECK(response.status == 200);
  CHECK(response.type == "application/json");
  return count(response.body, "\"time\":");
}

TEST_CASE("the past is asked for by target, alarm, agent, labels, state and time") {
  auto store = open_store("memory:");
  record(*store, transition("https://shop/?a=b&c", "slow", 1));
  record(*store, transition("blog", "down", 2, AlarmState::ok));
  CHECK(rows_of(*store, "") == 2);
  CHECK(rows_of(*store, "target=https%3A%2F%2Fshop%2F%3Fa%3Db%26c") == 1);
  CHECK(rows_of(*store, "alarm=down&agent=here") == 1);
  CHECK(rows_of(*store, "agent=there") == 0);
  CHECK(rows_of(*store, "label=team%3Dweb&label=severity=critical") == 2);
  CHECK(rows_of(*store, "label=team%3Dweb&label=severity=info") == 0);
  CHECK(rows_of(*store, "state=ok") == 1);
  CHECK(rows_of(*store, "since=2026-05-28T20:26:42Z") == 1);
  CHECK(rows_of(*store, "until=2026-05-28T20:26:42Z") == 1);
  CHECK(rows_of(*store, "until=2100-01-01T00:00:00%2B01:00&since=1h&limit=1000&after=") <= 2);
}

TEST_CASE("pages are followed by their next") {
  auto store = open_store("memory:");
  for (int i = 0; i < 5; ++i) record(*store, transition("shop", "slow", i));
  std::string after;
  std::size_t pages = 0, seen = 0;
  do {
    const WebResponse response = ask(*store, "limit=2&after=" + after);
    REQUIRE(response.status == 200);
    seen += count(response.body, "\"time\":");
    const auto at = response.body.find("\"next\":\"") + 8;
    after = response.body.substr(at, response.body.find('"', at) - at);
  } while (++pages < 10 && !after.empty());
  CHECK(pages == 3);
  CHECK(seen == 5);
}

TEST_CASE("a wrong parameter is named") {
  auto store = open_store("memory:");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"limit=0", "parameter \\\"limit\\\" must be 1 to 1000"},
      {"limit=1001", "parameter \\\"limit\\\" must be 1 to 1000"},
      {"limit=x", "parameter \\\"limit\\\" must be a number"},
      {"state=bad", "parameter \\\"state\\\" must be ok, alarm or insufficient_data"},
      {"since=yesterday", "parameter \\\"since\\\" must be a time like"},
      {"until=-1h", "parameter \\\"until\\\" must be a time like"},
      {"label=team", "parameter \\\"label\\\" must be a label's name and value"},
      {"label==x", "parameter \\\"label\\\" must be a label's name and value"},
      {"after=x", "parameter \\\"after\\\" must be the `next`"},
      {"targets=shop", "parameter \\\"targets\\\" is not known here"},
      {"label=a=0&label=a=1&label=a=2&label=a=3&label=a=4&label=a=5&label=a=6&label=a=7&label=a=8&label=a=9&label=a=10&"
       "label=a=11&label=a=12&label=a=13&label=a=14&label=a=15&label=a=16",
       "parameter \\\"label\\\" may be given 16 times"},
      {"target=shop&target=api", "parameter \\\"target\\\" may be given once"},
      {"target=%zz", "no two hexadecimal digits"}};
  for (const auto& [query, message] : wrong) {
    INFO(query);
    const WebResponse response = ask(*store, query);
    CHECK(response.status == 400);
    CHECK(response.body.find("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"") == 0);
    CHECK(response.body.find(message) != std::string::npos);
  }
}

TEST_CASE("only reading is answered, and a store that is down says so") {
  auto store = open_store("memory:");
  CHECK(ask(*store, "", "HEAD").status == 200);
  CHECK(ask(*store, "", "POST").status == 405);
  auto down = open_store("postgresql://me:hush@127.0.0.1:1/alarms");
  const WebResponse response = ask(*down, "");
  CHECK(response.status == 503);
  CHECK(response.body.find("is down: ") != std::string::npos);
  CHECK(response.body.find("hush") == std::string::npos);
}

}  // namespace
}  // namespace vedette
