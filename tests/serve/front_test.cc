// The same server behind a front: on sockets that were opened elsewhere.

#include "serve/front.h"

#include <unistd.h>

#include <filesystem>

#include "serve/running_server.h"

using namespace vedette;
using vedette::test::soon;

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
  RunningServer server({telling_n()}, {}, behind_front());
  get(server.address, "/?n=0");
  const std::size_t before = open_descriptors();
  const auto leave_in_the_middle = [&] { Client(server.address).send("GET / HT"); };
  CHECK(right_answers_of_200(server.address, leave_in_the_middle) == 200);
  CHECK(soon([&] { return open_descriptors() <= before; }, seconds(20)));
}

TEST_CASE("A stop behind a front lets running requests end") {
  check_stop_in_the_middle(std::string(3'000'000, 'z'), behind_front());
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
