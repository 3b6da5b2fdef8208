#include "serve/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "serve/server_state.h"

namespace vedette {
namespace {

/// "" or "/vedette": begins with a slash and does not end with one.
std::string clean_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  if (!prefix.empty() && prefix.front() != '/') prefix = fmt::format("/{}", prefix);
  return prefix;
}

std::vector<std::string> paths_of(const std::vector<Route>& routes) {
  std::vector<std::string> paths;
  for (const Route& route : routes) paths.push_back(route.path);
  return paths;
}

constexpr seconds kMostForLastWords{1};

}  // namespace

Server::State::State(const ServeOptions& options, std::vector<Route> all, Route rest, Log to)
    : routes(std::move(all)),
      fallback(std::move(rest)),
      prefix(clean_prefix(options.route_prefix)),
      body_limit(options.body_limit),
      threads(std::max(1, options.threads)),
      rules(options.rules),
      log(std::move(to)),
      metrics(std::make_shared<WebMetrics>(paths_of(routes))) {}

/// No request handlers: begin_request sees every request first, whatever its path, method or Upgrade header.
mg_callbacks Server::State::callbacks() {
  mg_callbacks callbacks{};
  // Whoever asks for a page can wait a little; a probe that starts late measures something else. On Linux this concerns
  // the calling thread alone.
  callbacks.init_thread = [](const mg_context*, int) -> void* {
    errno = 0;
    const int nice = ::getpriority(PRIO_PROCESS, 0);
    if (errno == 0) ::setpriority(PRIO_PROCESS, 0, std::min(nice + 10, 19));
    return nullptr;
  };
  callbacks.begin_request = [](mg_connection* connection) { return of(connection).answer(connection); };
  callbacks.init_connection = [](const mg_connection* connection, void**) {
    of(connection).connections.fetch_add(1);
    return 0;
  };
  callbacks.connection_closed = [](const mg_connection* connection) { of(connection).connections.fetch_sub(1); };
  // What civetweb itself refuses (no HTTP, headers too large) is answered in our words, and counted.
  callbacks.http_error = [](mg_connection* connection, int status, const char* why) {
    of(connection).refuse(connection, status, why);
    return 0;
  };
  // What it neither hands on nor refuses, `OPTIONS *` and URLs of other ports, would be closed without a word.
  callbacks.connection_close = [](const mg_connection* connection) {
    const mg_request_info* last = mg_get_request_info(connection);
    if (!last || !last->request_uri || last->local_uri || mg_get_user_connection_data(connection)) return;
    of(connection).refuse(const_cast<mg_connection*>(connection), 400, "no such place here");
  };
  callbacks.log_message = [](const mg_connection* connection, const char* message) {
    of(connection).note(message);
    return 1;
  };
  // No log_access: without it civetweb writes no access log and never calls localtime(), which is not safe in threads.
  return callbacks;
}

/// A request that no route sees, on a connection that ends with it.
void Server::State::refuse(mg_connection* connection, int status, const char* why) {
  mg_set_user_connection_data(connection, this);  // it has its answer
  const auto config = rules ? rules->latest() : nullptr;
  Exchange(connection, false, config ? config->headers : kNothingAdded).refuse({status, why});
  metrics->count(metrics->other(), status);
}

void Server::State::note(const char* message) {
  // Once it runs, what civetweb has to say is about clients that went away.
  if (started) return log.debug("web server", {{"detail", message}});
  problems.with([&](std::string& text) {
    if (text.empty()) text = message;  // what follows the first one follows from it
  });
}

/// Where it listens, with the real ports.
Result<std::vector<std::string>> Server::State::listen(const std::vector<ListenAddress>& wanted) {
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
  for (std::size_t i = 0; i < bound.size(); ++i) {
    own_doors.push_back(fmt::format("{}:{}", wanted[i].host, bound[i].port));
  }
  started = true;
  return own_doors;
}

Result<void> Server::State::listen_behind_front(std::vector<Door> doors) {
  inner = std::make_unique<InnerDoor>();
  const auto listening = listen({*parse_listen_address("127.0.0.1:0", false)});
  if (!listening) return listening.error();
  const std::string& address = listening->front();
  inner->set_port(*parse_int<std::uint16_t>(std::string_view(address).substr(address.rfind(':') + 1)));
  const bool has_tls = rules && rules->latest()->tls;
  for (const Door& door : doors) shown.push_back((has_tls ? "https://" : "") + door.address);
  auto opened = Front::open(std::move(doors), rules, *inner, log);
  if (!opened) return opened.error();
  front = *std::move(opened);
  return {};
}

/// mg_stop makes running handlers' writes fail, so they must have ended before.
void Server::State::close(Duration grace) {
  if (closed.exchange(true) || !context) return;
  stopping = true;
  if (rules) rules->latest()->users->close();
  const Time deadline = now() + grace;
  while (running > 0 && now() < deadline) std::this_thread::sleep_for(milliseconds(2));
  if (running > 0) log.warn("requests cut off by the stop", {{"requests", std::to_string(running)}});
  if (front) front->close_doors();
  // Its listening thread looks at the stop flag every two seconds, or when somebody knocks.
  std::jthread knocker([this](std::stop_token done) {
    for (int i = 0; i < 50 && !done.stop_requested(); ++i) {
      for (const std::string& address : own_doors) knock(address);
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  mg_stop(context);
  late.wait();
  // civetweb has closed its connections; what it said last may still be on its way to the clients.
  if (front) front->finish(kMostForLastWords);
}

namespace {

/// civetweb says that it failed in its own words and numbers; a socket of our own finds out where and why.
Error explain(const std::vector<ListenAddress>& wanted, Error civetwebs) {
  for (const ListenAddress& address : wanted) {
    if (auto door = open_door(address.bare, address.port); !door) return door.error();
  }
  return civetwebs;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServeOptions& options, std::vector<Route> routes, Route fallback,
                                              Log log) {
  const bool ipv6 = mg_check_feature(MG_FEATURES_IPV6) != 0;
  std::vector<ListenAddress> wanted, ipv4_only;
  bool needs_front = !options.inherited.empty() || (options.rules && options.rules->latest()->tls);
  for (const std::string& text : options.inherited.empty() ? options.listen : std::vector<std::string>{}) {
    const auto address = parse_listen_address(text, ipv6);
    if (!address) return address.error();
    wanted.push_back(*address);
    needs_front = needs_front || address->spec.empty();
    // A kernel without IPv6 refuses the socket for both families.
    const auto narrow = parse_listen_address(text, false);
    ipv4_only.push_back(narrow && !narrow->spec.empty() ? *narrow : *address);
  }
  if (wanted.empty() && options.inherited.empty()) return Error{"no address to listen at"};
  auto state = std::make_shared<State>(options, std::move(routes), std::move(fallback), std::move(log));
  if (needs_front) {
    auto doors = open_doors(options.inherited, wanted);
    if (!doors) return doors.error();
    const auto listening = state->listen_behind_front(*std::move(doors));
    if (!listening) {
      state->close({});
      return listening.error();
    }
  } else {
    auto listening = state->listen(wanted);
    if (!listening && ipv6) {
      auto narrow = state->listen(ipv4_only);
      if (narrow) listening = std::move(narrow);
    }
    if (!listening) return explain(wanted, listening.error());
    state->shown = *listening;
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop({}); }

std::vector<std::string> Server::addresses() const { return state_->shown; }

void Server::stop(Duration grace) { state_->close(grace); }

OwnSource Server::own_metrics() const {
  return [metrics = state_->metrics, rules = state_->rules](std::vector<OwnFamily>& families) {
    metrics->append_to(families);
    families.push_back({"vedette_web_config_last_reload_successful",
                        "Whether the web configuration and the files it names were good when they last changed.",
                        OwnFamily::Type::gauge,
                        {{{}, !rules || rules->good() ? 1.0 : 0.0, {}}}});
  };
}

}  // namespace vedette
