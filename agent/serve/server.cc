#include "serve/server.h"

#include <civetweb.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/guarded.h"
#include "serve/exchange.h"
#include "serve/listen.h"
#include "serve/web_metrics.h"

namespace vedette {
namespace {

/// "" or "/vedette": begins with a slash and does not end with one.
std::string clean_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  if (!prefix.empty() && prefix.front() != '/') prefix = fmt::format("/{}", prefix);
  return prefix;
}

WebResponse not_found() {
  WebResponse response;
  response.status = 404;
  response.body = "404 page not found\n";
  return response;
}

std::vector<std::string> paths_of(const std::vector<Route>& routes) {
  std::vector<std::string> paths;
  for (const Route& route : routes) paths.push_back(route.path);
  return paths;
}

/// civetweb counts these calls. 0: it never touches libssl.
struct Library {
  Library() { mg_init_library(0); }
  ~Library() { mg_exit_library(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

}  // namespace

struct Server::State {
  State(const ServeOptions& options, std::vector<Route> all, Route rest, Log to)
      : routes(std::move(all)),
        fallback(std::move(rest)),
        prefix(clean_prefix(options.route_prefix)),
        body_limit(options.body_limit),
        threads(std::max(1, options.threads)),
        log(std::move(to)),
        metrics(std::make_shared<WebMetrics>(paths_of(routes))) {}

  static State& of(const mg_connection* connection) {
    return *static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
  }
  static mg_callbacks callbacks();
  Result<void> listen(const std::vector<ListenAddress>& wanted);
  void close(Duration grace);
  int answer(mg_connection* connection);
  void answer(Exchange& exchange, std::size_t& place);
  WebResponse route(const WebRequest& request, std::size_t place) const;
  bool strip_prefix(std::string& path) const;
  void note(const char* message);

  const std::vector<Route> routes;
  const Route fallback;
  const std::string prefix;
  const std::size_t body_limit;
  const int threads;
  const Log log;
  const std::shared_ptr<WebMetrics> metrics;

  const Library library;
  mg_context* context = nullptr;
  std::vector<std::string> shown;  // where it listens
  std::atomic<int> connections{0}, running{0};
  std::atomic<bool> started{false}, stopping{false}, closed{false};
  Guarded<std::string> problems;  // what civetweb said while it started
};

/// No request handlers: begin_request sees every request first, whatever its path, method or Upgrade header.
mg_callbacks Server::State::callbacks() {
  mg_callbacks callbacks{};
  callbacks.begin_request = [](mg_connection* connection) { return of(connection).answer(connection); };
  callbacks.init_connection = [](const mg_connection* connection, void**) {
    of(connection).connections.fetch_add(1);
    return 0;
  };
  callbacks.connection_closed = [](const mg_connection* connection) { of(connection).connections.fetch_sub(1); };
  // What civetweb itself refuses (no HTTP, headers too large) is answered in our words, and counted.
  callbacks.http_error = [](mg_connection* connection, int status, const char* why) {
    State& state = of(connection);
    Exchange(connection, false).refuse({status, why});
    state.metrics->count(state.metrics->other(), status);
    return 0;
  };
  callbacks.log_message = [](const mg_connection* connection, const char* message) {
    of(connection).note(message);
    return 1;
  };
  // No log_access: without it civetweb writes no access log and never calls localtime(), which is not safe in threads.
  return callbacks;
}

void Server::State::note(const char* message) {
  // Once it runs, what civetweb has to say is about clients that went away.
  if (started) return log.debug("web server", {{"detail", message}});
  problems.with([&](std::string& text) {
    if (text.empty()) text = message;  // what follows the first one follows from it
  });
}

Result<void> Server::State::listen(const std::vector<ListenAddress>& wanted) {
  std::string ports;
  for (const ListenAddress& address : wanted) ports += fmt::format("{}{}", ports.empty() ? "" : ",", address.spec);
  const std::vector<std::pair<const char*, std::string>> settings = {
      {"listening_ports", ports},
      {"num_threads", std::to_string(threads)},
      {"request_timeout_ms", std::to_string(kWebWait.count())},
      {"enable_keep_alive", "yes"},
      {"keep_alive_timeout_ms", "500"},    // an idle connection holds a worker
      {"tcp_nodelay", "1"},                // an answer goes out in several writes
      {"decode_url", "no"},                // we do, once
      {"enable_auth_domain_check", "no"},  // any name may lead here
      {"max_request_size", "16384"},
  };  // linger_timeout_ms stays unset: 0 cuts the end off long answers
  std::vector<const char*> options;
  for (const auto& [name, value] : settings) options.insert(options.end(), {name, value.c_str()});
  options.push_back(nullptr);
  const mg_callbacks handlers = callbacks();
  mg_init_data init{&handlers, this, options.data()};
  std::array<char, 256> text{};
  mg_error_data error{};
  error.text = text.data();
  error.text_buffer_size = text.size();
  context = mg_start2(&init, &error);
  std::vector<mg_server_port> bound(wanted.size());
  const int count = mg_get_server_ports(context, static_cast<int>(bound.size()), bound.data());
  if (!context || count != static_cast<int>(bound.size())) {  // all of them or none
    if (context) mg_stop(std::exchange(context, nullptr));
    const std::string why = problems.with([](std::string& said) { return std::exchange(said, {}); });
    return Error{fmt::format("cannot listen: {}", why.empty() ? text.data() : why)};
  }
  for (std::size_t i = 0; i < bound.size(); ++i) shown.push_back(fmt::format("{}:{}", wanted[i].host, bound[i].port));
  started = true;
  return {};
}

/// mg_stop makes running handlers' writes fail, so they must have ended before.
void Server::State::close(Duration grace) {
  if (closed.exchange(true) || !context) return;
  stopping = true;
  const Time deadline = now() + grace;
  while (running > 0 && now() < deadline) std::this_thread::sleep_for(milliseconds(2));
  if (running > 0) log.warn("requests cut off by the stop", {{"requests", std::to_string(running)}});
  // Its listening thread looks at the stop flag every two seconds, or when somebody knocks.
  std::jthread knocker([this](std::stop_token done) {
    for (int i = 0; i < 50 && !done.stop_requested(); ++i) {
      for (const std::string& address : shown) knock(address);
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  mg_stop(context);
}

bool Server::State::strip_prefix(std::string& path) const {
  if (!path.starts_with(prefix)) return false;
  if (path.size() > prefix.size() && path[prefix.size()] != '/') return false;
  path.erase(0, prefix.size());
  if (path.empty()) path.push_back('/');
  return true;
}

WebResponse Server::State::route(const WebRequest& request, std::size_t place) const {
  if (place != metrics->other()) {
    for (const Route& candidate : routes) {
      if (candidate.path == request.path) return candidate.answer(request);
    }
  }
  return fallback.answer ? fallback.answer(request) : not_found();
}

void Server::State::answer(Exchange& exchange, std::size_t& place) {
  WebRequest request;
  if (const auto refusal = exchange.read_head(request)) return exchange.refuse(*refusal);
  if (stopping) return exchange.refuse({503, "the agent is stopping"});
  const bool at_root = request.path == "/";
  const bool ours = strip_prefix(request.path);
  if (ours) place = metrics->place(request.path);
  if (const auto refusal = exchange.read_body(request, body_limit)) return exchange.refuse(*refusal);
  if (ours) return exchange.send(route(request, place));
  WebResponse elsewhere = not_found();
  if (at_root) {
    elsewhere.status = 302;
    elsewhere.headers.emplace_back("Location", fmt::format("{}/", prefix));
    elsewhere.body = fmt::format("see {}/\n", prefix);
  }
  exchange.send(elsewhere);
}

/// The one function that civetweb calls. No exception may leave it: that would end the process.
int Server::State::answer(mg_connection* connection) {
  const Time began = now();
  running.fetch_add(1);
  metrics->begin();
  std::size_t place = metrics->other();
  // When connections hold more than half of the workers, each serves one request only.
  Exchange exchange(connection, !stopping && connections * 2 <= threads);
  try {
    answer(exchange, place);
  } catch (const std::exception& exception) {
    log.error("a web request failed", {{"error", exception.what()}});
    exchange.fail();
  } catch (...) {
    log.error("a web request failed", {{"error", "unknown exception"}});
    exchange.fail();
  }
  metrics->count(place, exchange.status());
  metrics->observe(place, now() - began);
  exchange.drain();
  metrics->end();
  running.fetch_sub(1);
  return exchange.status();
}

Result<std::unique_ptr<Server>> Server::start(const ServeOptions& options, std::vector<Route> routes, Route fallback,
                                              Log log) {
  const bool ipv6 = mg_check_feature(MG_FEATURES_IPV6) != 0;
  std::vector<ListenAddress> wanted, ipv4_only;
  for (const std::string& text : options.listen) {
    const auto address = parse_listen_address(text, ipv6);
    if (!address) return address.error();
    wanted.push_back(*address);
    // A kernel without IPv6 refuses the socket for both families.
    const auto narrow = parse_listen_address(text, false);
    ipv4_only.push_back(narrow ? *narrow : *address);
  }
  if (wanted.empty()) return Error{"no address to listen at"};
  auto state = std::make_shared<State>(options, std::move(routes), std::move(fallback), std::move(log));
  const auto listening = state->listen(wanted);
  if (!listening && (!ipv6 || !state->listen(ipv4_only))) return listening.error();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop({}); }

std::vector<std::string> Server::addresses() const { return state_->shown; }

void Server::stop(Duration grace) { state_->close(grace); }

OwnSource Server::own_metrics() const {
  return [metrics = state_->metrics](std::vector<OwnFamily>& families) { metrics->append_to(families); };
}

}  // namespace vedette
