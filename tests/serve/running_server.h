#pragma once
// A server on a free port with the given routes, and what holds for it whatever it listens on.

#include <atomic>
#include <functional>
#include <thread>

#include "serve/http_client.h"
#include "serve/server.h"
#include "support/catch.h"
#include "support/soon.h"

inline vedette::ServeOptions options_for(std::vector<std::string> listen) {
  vedette::ServeOptions options;
  options.listen = std::move(listen);
  return options;
}

struct RunningServer {
  explicit RunningServer(std::vector<vedette::Route> routes, vedette::Route fallback = {},
                         vedette::ServeOptions options = options_for({"127.0.0.1:0"})) {
    auto started = vedette::Server::start(options, std::move(routes), std::move(fallback), vedette::Log::silent());
    REQUIRE(started);
    server = std::move(*started);
    address = server->addresses().at(0);
  }
  std::unique_ptr<vedette::Server> server;
  std::string address;
};

inline vedette::WebResponse text(std::string body) {
  vedette::WebResponse response;
  response.body = std::move(body);
  return response;
}

/// A route that always says the same.
inline vedette::Route saying(std::string path, std::string body) {
  return {std::move(path), [body = std::move(body)](const vedette::WebRequest&) { return text(body); }};
}

/// "/?n=7" is answered with "7".
inline vedette::Route telling_n() {
  return {"/", [](const vedette::WebRequest& request) { return text(request.parameter("n")); }};
}

/// Of 200 requests by eight clients at once, how many got the answer that is theirs. `between` comes after each.
inline int right_answers_of_200(const std::string& address, const std::function<void()>& between = {}) {
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      for (int k = 0; k < 25; ++k) {
        const std::string n = std::to_string(i * 1000 + k);
        if (body_of(get(address, "/?n=" + n)) == n) ++right;
        if (between) between();
      }
    });
  }
  for (auto& client : clients) client.join();
  return right;
}

/// Stops the server while it works on a request: that one ends well, new ones are refused, then nobody is let in.
inline void check_stop_in_the_middle(const std::string& body, vedette::ServeOptions options) {
  using vedette::test::soon;
  std::atomic<bool> entered{false}, go_on{false};
  RunningServer server({{"/slow",
                         [&](const vedette::WebRequest&) {
                           entered = true;
                           soon([&] { return go_on.load(); });
                           return text(body);
                         }},
                        saying("/fast", "ok")},
                       {}, std::move(options));
  std::string slow;
  std::thread reader([&] { slow = get(server.address, "/slow"); });
  REQUIRE(soon([&] { return entered.load(); }));
  std::thread stopper([&] { server.server->stop(vedette::seconds(20)); });
  CHECK(soon([&] { return status_of(get(server.address, "/fast")) == 503; }));
  go_on = true;
  reader.join();
  stopper.join();
  CHECK((body_of(slow) == body));
  server.server->stop(vedette::seconds(1));  // once more does nothing
  CHECK_THROWS(Client(server.address));
}
