// The same server behind a front: on sockets that were opened elsewhere.

#include "serve/front.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "serve/running_server.h"

using namespace vedette;

namespace {

ServeOptions behind_front() {
  auto door = open_door("127.0.0.1", 0);
  REQUIRE(door);
  ServeOptions options;
  options.inherited = {::dup(door->socket.get())};
  return options;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

template <class Condition>
bool soon(Condition condition) {
  const Time deadline = now() + seconds(20);
  while (!condition()) {
    if (now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

}  // namespace

TEST_CASE("Behind a front everything is answered as without one") {
  const std::string big(20'000'000, 'x');
  RunningServer server(
      {saying("/", "ok"), saying("/big", big), {"/echo", [](const WebRequest& request) { return text(request.body); }}},
      {}, behind_front());
  CHECK(body_of(get(server.address, "/")) == "ok");
  CHECK(status_of(get(server.address, "/nowhere")) == 404);
  CHECK(body_of(get(server.address, "/big")) == big);
  Client client(server.address);
  const std::string sent(500'000, 'y');
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\nConnection: close\r\n\r\n" + sent);
  client.no_more();  // half closed: the answer still comes
  CHECK(body_of(client.read_all()) == sent);
}

TEST_CASE("Behind a front many clients at once are all answered, and nothing of them stays") {
  RunningServer server({{"/", [](const WebRequest& request) { return text(request.parameter("n")); }}}, {},
                       behind_front());
  get(server.address, "/?n=0");
  const std::size_t before = open_descriptors();
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      for (int k = 0; k < 25; ++k) {
        const std::string n = std::to_string(i * 1000 + k);
        if (body_of(get(server.address, "/?n=" + n)) == n) ++right;
        Client(server.address).send("GET / HT");  // and one that leaves in the middle
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(right == 200);
  CHECK(soon([&] { return open_descriptors() <= before; }));
}

TEST_CASE("A stop behind a front lets running requests end") {
  std::atomic<bool> entered{false}, go_on{false};
  RunningServer server({{"/slow",
                         [&](const WebRequest&) {
                           entered = true;
                           soon([&] { return go_on.load(); });
                           return text(std::string(3'000'000, 'z'));
                         }}},
                       {}, behind_front());
  std::string slow;
  std::thread reader([&] { slow = get(server.address, "/slow"); });
  REQUIRE(soon([&] { return entered.load(); }));
  std::thread stopper([&] { server.server->stop(seconds(20)); });
  CHECK(soon([&] { return status_of(get(server.address, "/fast")) == 503; }));
  go_on = true;
  reader.join();
  stopper.join();
  CHECK(body_of(slow).size() == 3'000'000);
  CHECK_THROWS(Client(server.address));
}

TEST_CASE("A stop behind a front does not wait for clients that do not read") {
  RunningServer server({saying("/", std::string(30'000'000, 'x'))}, {}, behind_front());
  Client client(server.address, 4096);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_FALSE(client.read_until("200 OK").empty());
  const Time began = now();
  server.server->stop(milliseconds(100));
  CHECK(now() - began < seconds(10));
}

TEST_CASE("A socket that does not listen is no door") {
  ServeOptions options;
  options.inherited = {::dup(STDERR_FILENO)};
  const auto server = Server::start(options, {}, {}, Log::silent());
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("is no stream socket that listens") != std::string::npos);
}
