#pragma once
// Questions to GitHub: asked with the right credential, at the right moment, again when it helps, and answered with
// what the answer means. Loop thread only, but for own_metrics().

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "github/answer.h"
#include "github/api_numbers.h"
#include "github/budget.h"
#include "github/credentials.h"
#include "model/own.h"
#include "net/net.h"

namespace vedette {

struct GithubRequest {
  std::string endpoint;  // the route as GitHub's documents write it: "/repos/{owner}/{repo}/issues"
  std::string address;   // a path, or the address of a next page
  std::string resource = "core";
  Purpose purpose = Purpose::live;
  bool only_if_changed = false;  // Meaning::same when it is what this credential got last
  std::string body{};            // not empty: it is posted
};

struct GithubAnswer {
  Meaning meaning = Meaning::broken;
  Json body;             // of a page
  std::string next;      // the address of the next page; empty: this was the last
  std::string moved_to;  // where it lives now, if it has moved for ever
  std::string why;       // one sentence without secrets; empty of what is good

  bool good() const { return why.empty(); }
};

class GithubClient {
 public:
  struct Options {
    Budget::Options budget;
    int tries = 5;                                                                 // of what is broken
    Duration first_retry = seconds(1), longest_retry = seconds(60);                // between them
    std::vector<Duration> until_computed = {seconds(2), seconds(5), seconds(15)};  // after each 202
    std::size_t most_validators = 20'000;
  };

  GithubClient(Net& net, GithubHost host, std::vector<GithubCredential> credentials, Options options, Log log);
  GithubClient(const GithubClient&) = delete;

  /// Waits for its turn, and for limits to pass, as long as the caller's scope lives.
  Task<GithubAnswer> ask(GithubRequest request);

  const Budget& budget() const { return budget_; }
  /// Any thread.
  OwnSource own_metrics() const;

 private:
  struct Validator {
    std::string etag, modified;
  };
  /// One question on its way through redirects, limits and retries.
  struct Errand;

  Task<GithubLogin*> turn(const GithubRequest& request);
  void done_with(const GithubRequest& request, const GithubLogin& login);
  Task<Fetched> send(Errand& errand, GithubLogin& login, std::string authorization);
  bool learn(Errand& errand, GithubLogin& login, const Fetched& fetched);
  void note(const Errand& errand, GithubLogin& login, const Fetched& fetched, const Understood& understood);
  void remember(const Errand& errand, const GithubLogin& login, const Fetched& fetched);
  bool login_failed(GithubLogin& login, const std::string& why, Duration wait);
  bool follow(Errand& errand, const Understood& understood);
  bool wait_for_limit(Errand& errand, const GithubLogin& login, const Understood& understood);
  Duration jittered(const Errand& errand) const;
  bool is_ours(const std::string& address) const;
  bool nobody_may_ask() const;

  Net& net_;
  const GithubHost host_;
  const Options options_;
  Log log_;
  Budget budget_;
  std::vector<std::unique_ptr<GithubLogin>> logins_;
  std::deque<Event*> waiting_;                             // for one of those under way to end
  std::unordered_map<std::string, Validator> validators_;  // by credential and address
  std::shared_ptr<ApiNumbers> numbers_;
};

}  // namespace vedette
