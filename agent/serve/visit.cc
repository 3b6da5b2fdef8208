// From a request to its answer.

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "serve/server_state.h"

namespace vedette {
namespace {

WebResponse not_found() {
  WebResponse response;
  response.status = 404;
  response.body = "404 page not found\n";
  return response;
}

}  // namespace

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

bool Server::State::is_stranger(const mg_connection* connection) const {
  const mg_request_info& info = *mg_get_request_info(connection);
  return inner && !inner->knows(info.remote_addr, info.remote_port);
}

/// False: it is answered already, with a refusal.
bool Server::State::admit(Exchange& exchange, const WebRequest& request) {
  if (!rules) return true;
  if (!rules->allow()) {
    exchange.refuse({429, "Too Many Requests"});
    return false;
  }
  const auto users = rules->latest()->users;
  if (users->empty()) return true;
  switch (users->judge(request.header("Authorization"))) {
    case Users::Verdict::welcome: return true;
    case Users::Verdict::stranger: exchange.refuse({401, "Unauthorized"}, {{"WWW-Authenticate", "Basic"}}); break;
    case Users::Verdict::busy: exchange.refuse({503, "too many logins at one time"}, {{"Retry-After", "1"}}); break;
  }
  return false;
}

void Server::State::answer(Visit& visit) {
  Exchange& exchange = visit.exchange;
  WebRequest request;
  if (is_stranger(visit.connection)) return exchange.refuse({403, "this port is the agent's own"});
  if (const auto refusal = exchange.read_head(request)) return exchange.refuse(*refusal);
  if (stopping) return exchange.refuse({503, "the agent is stopping"});
  const bool at_root = request.path == "/";
  const bool ours = strip_prefix(request.path);
  if (ours) visit.place = metrics->place(request.path);
  if (!admit(exchange, request)) return;
  if (const auto refusal = exchange.read_body(request, body_limit)) return exchange.refuse(*refusal);
  if (ours) {
    HangUp client(*mg_get_request_info(visit.connection));
    request.gone = [&client] { return client.seen(); };
    const WebResponse response = route(request, visit.place);
    if (!response.later) return exchange.send(response);
    if (!answer_later(visit, response, client)) exchange.send(response.later(request.gone));
    return;
  }
  WebResponse elsewhere = not_found();
  if (at_root) {
    elsewhere.status = 302;
    elsewhere.headers.emplace_back("Location", fmt::format("{}/", prefix));
    elsewhere.body = fmt::format("see {}/\n", prefix);
  }
  exchange.send(elsewhere);
}

/// Frees the worker; false when that cannot be.
bool Server::State::answer_later(Visit& visit, const WebResponse& response, HangUp& client) {
  const auto socket = client.take_socket();
  if (!socket) return false;
  const auto away = std::make_shared<Visit>(visit);
  away->exchange.leave_worker(socket->get());
  mg_disable_connection_keep_alive(visit.connection);
  visit.is_late = true;
  const auto work = [this, away, later = response.later](int own) {
    guard(away->exchange, [&] { away->exchange.send(later([own] { return HangUp::seen_on(own); })); });
    finish(*away);
  };
  if (!late.begin(socket, work)) work(socket->get());
  return true;
}

/// No exception may leave: that would end the process.
template <class Answer>
void Server::State::guard(Exchange& exchange, Answer answer) const {
  try {
    answer();
  } catch (const std::exception& exception) {
    log.error("a web request failed", {{"error", exception.what()}});
    exchange.fail();
  } catch (...) {
    log.error("a web request failed", {{"error", "unknown exception"}});
    exchange.fail();
  }
}

void Server::State::finish(Visit& visit) {
  metrics->count(visit.place, visit.exchange.status());
  metrics->observe(visit.place, now() - visit.began);
  visit.exchange.drain();
  metrics->end();
  running.fetch_sub(1);
}

/// The one function that civetweb calls.
int Server::State::answer(mg_connection* connection) {
  const Time began = now();
  running.fetch_add(1);
  metrics->begin();
  std::shared_ptr<const WebConfig> config;
  try {
    if (rules) config = rules->current();
  } catch (...) {  // the files cannot be looked at now: what was good before still is
    config = rules->latest();
  }
  // When connections hold more than half of the workers, each serves one request only.
  const bool may_keep = !stopping && connections * 2 <= threads;
  const Exchange::Headers& added = config ? config->headers : kNothingAdded;
  Visit visit{connection, Exchange(connection, may_keep, added), metrics->other(), began, std::move(config)};
  guard(visit.exchange, [&] { answer(visit); });
  if (visit.is_late) return 200;
  finish(visit);
  return visit.exchange.status();
}

}  // namespace vedette
