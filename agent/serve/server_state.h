#pragma once
// The inside of a server: what civetweb's callbacks work on. For server.cc and visit.cc.

#include <civetweb.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "serve/exchange.h"
#include "serve/front.h"
#include "serve/hang_up.h"
#include "serve/late_answers.h"
#include "serve/listen.h"
#include "serve/server.h"
#include "serve/web_metrics.h"

namespace vedette {

/// civetweb counts these calls. 0: it never touches libssl.
struct Library {
  Library() { mg_init_library(0); }
  ~Library() { mg_exit_library(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

inline const Exchange::Headers kNothingAdded;

/// civetweb calls it from its workers; everything that they touch is constant or can be shared.
struct Server::State {
  State(const ServeOptions& options, std::vector<Route> all, Route rest, Log to);

  static State& of(const mg_connection* connection) {
    return *static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
  }
  static mg_callbacks callbacks();
  Result<std::vector<std::string>> listen(const std::vector<ListenAddress>& wanted);
  Result<void> listen_behind_front(std::vector<Door> doors);
  void close(Duration grace);
  void refuse(mg_connection* connection, int status, const char* why);
  void note(const char* message);

  /// A request on its way to an answer.
  struct Visit {
    mg_connection* connection;
    Exchange exchange;
    std::size_t place;
    Time began;
    std::shared_ptr<const WebConfig> config;  // its headers are the exchange's
    bool is_late = false;                     // it has left this worker
  };
  int answer(mg_connection* connection);
  void answer(Visit& visit);
  bool answer_later(Visit& visit, const WebResponse& response, HangUp& client);
  template <class Answer>
  void guard(Exchange& exchange, Answer answer) const;
  void finish(Visit& visit);
  bool admit(Exchange& exchange, const WebRequest& request);
  bool is_stranger(const mg_connection* connection) const;
  WebResponse route(const WebRequest& request, std::size_t place) const;
  bool strip_prefix(std::string& path) const;

  const std::vector<Route> routes;
  const Route fallback;
  const std::string prefix;
  const std::size_t body_limit;
  const int threads;
  const std::shared_ptr<WebRules> rules;
  const Log log;
  const std::shared_ptr<WebMetrics> metrics;

  const Library library;
  mg_context* context = nullptr;
  std::vector<std::string> own_doors;  // where civetweb listens
  std::vector<std::string> shown;      // where clients are expected
  std::unique_ptr<InnerDoor> inner;    // set: civetweb is for the front alone
  std::unique_ptr<Front> front;
  std::atomic<int> connections{0}, running{0};
  std::atomic<bool> started{false}, stopping{false}, closed{false};
  Guarded<std::string> problems;  // what civetweb said while it started
  LateAnswers late;               // the first to go: they look at all of the above
};

}  // namespace vedette
