#pragma once
// The HTTP door (civetweb): path -> function. Catches everything, bounds everything.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "model/own.h"
#include "model/web.h"
#include "serve/web_rules.h"

namespace vedette {

struct ServeOptions {
  std::vector<std::string> listen = {":9115"};  // "127.0.0.1:0", ":9115"
  std::string route_prefix;                     // "" or "/vedette"
  std::vector<int> inherited;       // sockets that listen already: ours from now on, and `listen` counts for nothing
  std::shared_ptr<WebRules> rules;  // TLS, users and the like; null: plain HTTP for everybody
  std::size_t body_limit = 1 << 20;
  int threads = 24;  // how many requests are answered at one time; a silent connection is one
};

/// Routes see HEAD as GET. They run on civetweb's threads, which have 100 kB of stack: nothing that recurses deeply
/// (reading YAML, compiling a pattern) and no large arrays there.
class Server {
 public:
  /// Begins to answer at once. Routes are matched exactly; `fallback` answers the rest (null: 404).
  static Result<std::unique_ptr<Server>> start(const ServeOptions& options, std::vector<Route> routes, Route fallback,
                                               Log log);
  ~Server();

  /// Where it listens, as "127.0.0.1:43211" or "https://127.0.0.1:43211": the real ports when 0 was asked for.
  std::vector<std::string> addresses() const;
  /// New requests get 503, running ones may end within the grace period, then the door closes. Idempotent.
  void stop(Duration grace);
  /// Requests by path and code, in flight, durations.
  OwnSource own_metrics() const;

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace vedette
