// Answers that take their time: no worker waits for them.

#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "serve/running_server.h"
#include "serve/sockets.h"

using namespace vedette;
using vedette::test::soon;

namespace {

struct Gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0}, gone{0};
};

/// "/late" is answered with "late" once the gate opens, or the client has gone.
Route late_route(Gate& gate) {
  return {"/late", [&gate](const WebRequest&) {
            WebResponse response;
            response.later = [&gate](const WebGone& gone) {
              ++gate.waiting;
              soon([&] { return gate.open || gone(); }, seconds(60));
              if (gone()) ++gate.gone;
              return text("late");
            };
            return response;
          }};
}

constexpr std::string_view kAsk = "GET /late HTTP/1.1\r\nHost: x\r\n\r\n";

ServeOptions behind_front() {
  ServeOptions options;
  auto door = open_door("127.0.0.1", 0);
  REQUIRE(door);
  options.inherited = {::dup(door->socket.get())};
  return options;
}

}  // namespace

TEST_CASE("Many late answers leave the workers to others, and all arrive") {
  for (const bool front : {false, true}) {
    Gate gate;
    RunningServer server({late_route(gate), saying("/", "ok")}, {},
                         front ? behind_front() : options_for({"127.0.0.1:0"}));
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 100; ++i) {
      clients.push_back(std::make_unique<Client>(server.address));
      clients.back()->send(kAsk);
    }
    CHECK(soon([&] { return gate.waiting == 100; }));
    CHECK(body_of(get(server.address, "/")) == "ok");
    gate.open = true;
    for (const auto& client : clients) {
      const std::string said = client->read_all();
      CHECK(body_of(said) == "late");
      CHECK(head_of(said).find("\r\nConnection: close\r\n") != std::string::npos);
      CHECK_FALSE(client->was_reset());
    }
  }
}

TEST_CASE("A late answer learns that its client has gone") {
  for (const bool front : {false, true}) {
    Gate gate;
    RunningServer server({late_route(gate)}, {}, front ? behind_front() : options_for({"127.0.0.1:0"}));
    {
      Client client(server.address);
      client.send(kAsk);
      CHECK(soon([&] { return gate.waiting == 1; }));
    }
    CHECK(soon([&] { return gate.gone == 1; }));
  }
}

TEST_CASE("A stop lets late answers end") {
  Gate gate;
  RunningServer server({late_route(gate), saying("/fast", "ok")});
  Client client(server.address);
  client.send(kAsk);
  REQUIRE(soon([&] { return gate.waiting == 1; }));
  std::thread stopper([&] { server.server->stop(seconds(20)); });
  CHECK(soon([&] { return status_of(get(server.address, "/fast")) == 503; }));
  gate.open = true;
  CHECK(body_of(client.read_all()) == "late");
  stopper.join();
}

TEST_CASE("A late answer that fails is a 500") {
  RunningServer server({{"/", [](const WebRequest&) {
                           WebResponse response;
                           response.later = [](const WebGone&) -> WebResponse { throw std::runtime_error("no"); };
                           return response;
                         }}});
  CHECK(status_of(ask(server.address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == 500);
}
