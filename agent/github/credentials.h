#pragma once
// Who we are to GitHub: tokens as they are, and Apps, which sign a statement and get a token for an hour. Loop thread
// only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/fetch.h"
#include "page/json.h"

namespace vedette {

struct GithubApp {
  std::string id;                 // the App's id or client id
  std::int64_t installation = 0;  // 0: the only one it has
  Secret private_key;             // PEM
};

struct GithubCredential {
  std::string name;  // of metrics and logs
  Secret token;      // or
  std::optional<GithubApp> app;
};

/// The statement an App signs: who it is, for the next minutes. `issued` lies a minute back, because clocks differ.
Result<std::string> app_statement(const GithubApp& app, WallTime at);

/// Where GitHub is, and how it is talked to.
struct GithubHost {
  std::string rest;     // "https://api.github.com", without a slash at its end
  std::string graphql;  // "https://api.github.com/graphql"
  std::shared_ptr<const HttpProfile> get, post;
  Duration timeout = seconds(30);
  std::size_t most = 32 << 20;  // bytes of one answer
};

/// One credential in use.
class GithubLogin {
 public:
  GithubLogin(Net& net, const GithubHost& host, GithubCredential credential);

  const std::string& name() const { return credential_.name; }

  /// The value of the Authorization header. A token in a file is read anew each time; an App's is asked for when there
  /// is none or it will soon be over.
  Task<Result<std::string>> authorization();
  /// GitHub has refused what authorization() gave last. True when it may give a better one now: an App asks for
  /// another, and a token's file may hold a new one.
  bool renew();
  /// It was taken.
  void accepted() { renewed_ = false; }

  /// When the token ends; none: it has no end, or nobody said.
  std::optional<WallTime> expires() const { return expires_; }

 private:
  Task<Result<std::string>> installation_token();
  Task<Result<Json>> ask_as_app(std::string path, bool post);

  Net& net_;
  const GithubHost& host_;
  GithubCredential credential_;
  std::string token_;  // what was given last
  bool renewed_ = false;
  std::optional<WallTime> expires_;
};

}  // namespace vedette
