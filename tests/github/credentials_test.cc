#include "github/credentials.h"

#include <algorithm>

#include "base/text.h"
#include "github/hub.h"
#include "support/catch.h"
#include "support/certificate.h"

using namespace vedette;
using namespace vedette::test;

namespace {

const PemPair& key_pair() {
  static const PemPair pair = make_certificate("app", true);
  return pair;
}

GithubApp app(std::int64_t installation = 7) { return {"Iv1.app", installation, Secret::value(key_pair().key)}; }

GithubCredential as_app(std::int64_t installation = 7) { return {"app", {}, app(installation)}; }

Json decoded(std::string_view part) {
  std::string text(part);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  auto json = Json::parse(base64_decode(text).value_or(""));
  REQUIRE(json);
  return *json;
}

std::string made_token(int nth, Duration life) {
  return FakeServer::status(
      201, "Content-Type: application/json\r\n",
      R"({"token": "ghs_)" + std::to_string(nth) + R"(", "expires_at": ")" + format_utc(wall_now() + life) + "\"}");
}

/// An App's hub: tokens that live so long; everything else is for `rest`.
HubAnswer app_hub(Duration life, HubAnswer rest) {
  return [=](int nth, const FakeServer::Request& request) {
    if (request.line() == "GET /app/installations") return page(R"([{"id": 7}])");
    if (request.line() == "POST /app/installations/7/access_tokens") return made_token(nth, life);
    return rest(nth, request);
  };
}

std::vector<std::string> lines(const Hub& hub) {
  std::vector<std::string> all;
  for (const auto& request : hub.requests()) all.push_back(request.line());
  return all;
}

}  // namespace

TEST_CASE("An App's statement says who it is for the next nine minutes, signed") {
  constexpr WallTime kAt = WallTime(seconds(1'800'000'000));
  auto statement = app_statement(app(), kAt);
  REQUIRE(statement);
  const auto parts = split(*statement, '.');
  REQUIRE(parts.size() == 3);
  CHECK(decoded(parts[0]).at("alg").text() == "RS256");
  const Json claims = decoded(parts[1]);
  CHECK(claims.at("iss").text() == "Iv1.app");
  CHECK(claims.at("iat").integer() == 1'799'999'940);
  CHECK(claims.at("exp").integer() == 1'800'000'540);
  CHECK(statement->find_first_of("+/=") == std::string::npos);
}

TEST_CASE("An App that has no key says which file is missing") {
  auto statement = app_statement({"1", 7, Secret::in_file("/absent/key.pem")}, WallTime{});
  REQUIRE_FALSE(statement);
  CHECK(statement.error().message.find("/absent/key.pem") != std::string::npos);
}

TEST_CASE("An App finds its only installation, and its token serves until it is nearly over") {
  const auto rest = [](int, const FakeServer::Request& request) {
    return request.head.find("Authorization: Bearer ghs_2") != std::string::npos ? page("[]")
                                                                                 : says(401, "Bad credentials");
  };
  Hub hub(app_hub(std::chrono::hours(1), rest), {as_app(0)});
  for (const GithubAnswer& answer : hub.ask({{"/r", "/r"}, {"/r", "/r"}, {"/r", "/r"}})) CHECK(answer.good());
  CHECK(lines(hub) == std::vector<std::string>{"GET /app/installations", "POST /app/installations/7/access_tokens",
                                               "GET /r", "GET /r", "GET /r"});
  CHECK(hub.requests()[0].head.find("Authorization: Bearer ey") != std::string::npos);
}

TEST_CASE("A token that will soon be over is replaced before it is used") {
  Hub hub(app_hub(std::chrono::minutes(4), [](int, const auto&) { return page("[]"); }), {as_app()});
  hub.ask({{"/r", "/r"}, {"/r", "/r"}});
  CHECK(lines(hub) == std::vector<std::string>{"POST /app/installations/7/access_tokens", "GET /r",
                                               "POST /app/installations/7/access_tokens", "GET /r"});
}

TEST_CASE("An App whose token is refused asks for another one, once") {
  Hub rotated(app_hub(std::chrono::hours(1),
                      [](int, const FakeServer::Request& request) {
                        return request.head.find("ghs_1") == std::string::npos ? page("[]")
                                                                               : says(401, "Bad credentials");
                      }),
              {as_app()});
  CHECK(rotated.ask("/r").good());
  CHECK(rotated.requests().size() == 4);
  Hub suspended(app_hub(std::chrono::hours(1), [](int, const auto&) { return says(401, "Bad credentials"); }),
                {as_app()});
  CHECK(suspended.ask("/r").meaning == Meaning::unauthorised);
  CHECK(suspended.requests().size() == 4);
}

TEST_CASE("An App that is refused, or is installed at several places, is a reason") {
  Hub refused([](int, const auto&) { return says(401, "A JSON web token could not be decoded"); }, {as_app()});
  CHECK(refused.ask("/r").why == "as the App: status 401: \"A JSON web token could not be decoded\"");
  CHECK(refused.requests().size() == 1);
  Hub several([](int, const auto&) { return page(R"([{"id": 1}, {"id": 2}])"); }, {as_app(0)});
  CHECK(several.ask("/r").why == "the App has 2 installations: say which one is meant");
}
