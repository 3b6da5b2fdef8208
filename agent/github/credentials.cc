#include "github/credentials.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "github/answer.h"
#include "net/sign.h"

namespace vedette {
namespace {

// A token that ends while a request is under way would be refused.
constexpr Duration kSoonOver = std::chrono::minutes(5);
constexpr Duration kClockSkew = seconds(60), kStatementLife = std::chrono::minutes(9);

/// Base64 as JSON Web Tokens write it.
std::string base64_url(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

bool fits_a_header(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return false;
  }
  return !text.empty();
}

}  // namespace

Result<std::string> app_statement(const GithubApp& app, WallTime at) {
  auto key = app.private_key.reveal();
  if (!key) return key.error();
  auto unix = [](WallTime time) { return std::chrono::floor<seconds>(time).time_since_epoch().count(); };
  const std::string claims = fmt::format(R"({{"iat":{},"exp":{},"iss":{}}})", unix(at - kClockSkew),
                                         unix(at + kStatementLife), json_string(app.id));
  std::string statement = base64_url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_url(claims);
  auto signature = sign_rs256(*key, statement);
  if (!signature) return signature.error();
  return statement + "." + base64_url(*signature);
}

GithubLogin::GithubLogin(Net& net, const GithubHost& host, GithubCredential credential)
    : net_(net), host_(host), credential_(std::move(credential)) {}

Task<Result<std::string>> GithubLogin::authorization() {
  if (credential_.app) {
    const bool fresh = !token_.empty() && (!expires_ || *expires_ > wall_now() + kSoonOver);
    if (!fresh) {
      Result<std::string> made = co_await installation_token();
      if (!made) co_return made.error();
      token_ = *std::move(made);
    }
  } else {
    auto revealed = credential_.token.reveal();
    if (!revealed) co_return revealed.error();
    token_ = *std::move(revealed);
  }
  if (!fits_a_header(token_)) co_return Error{"the token is empty or holds white space"};
  co_return "Bearer " + token_;
}

bool GithubLogin::renew() {
  if (credential_.app) {
    const bool had_one = !std::exchange(token_, {}).empty();
    expires_.reset();
    // One that is refused as soon as it was made is the App's fault, not the token's.
    return std::exchange(renewed_, true) ? false : had_one;
  }
  auto now_there = credential_.token.reveal();
  return now_there && *now_there != token_;
}

Task<Result<Json>> GithubLogin::ask_as_app(std::string path, bool post) {
  auto statement = app_statement(*credential_.app, wall_now());
  if (!statement) co_return statement.error();
  FetchRequest request;
  request.profile = post ? host_.post : host_.get;
  request.url = host_.rest + path;
  request.headers.push_back("Authorization: Bearer " + *statement);
  request.timeout = host_.timeout;
  Fetched answer = co_await fetch(net_, std::move(request));
  Understood understood = understand(answer, wall_now());
  if (understood.meaning != Meaning::page) co_return Error{"as the App: " + understood.why};
  co_return understood.body;
}

Task<Result<std::string>> GithubLogin::installation_token() {
  std::int64_t installation = credential_.app->installation;
  if (installation == 0) {
    Result<Json> all = co_await ask_as_app("/app/installations", false);
    if (!all) co_return all.error();
    const std::vector<Json> found = all->items();
    if (found.size() != 1)
      co_return Error{fmt::format("the App has {} installations: say which one is meant", found.size())};
    installation = found.front().at("id").integer_or(0);
  }
  Result<Json> made = co_await ask_as_app(fmt::format("/app/installations/{}/access_tokens", installation), true);
  if (!made) co_return made.error();
  auto token = made->at("token").text();
  if (!token) co_return Error{"as the App: the answer holds no token"};
  expires_ = parse_rfc3339(made->at("expires_at").text_or(""));
  co_return *token;
}

}  // namespace vedette
