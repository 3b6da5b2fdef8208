// Starting, stopping and many clients at once.

#include <atomic>
#include <thread>

#include "serve/listen.h"
#include "serve/running_server.h"

using namespace vedette;
using vedette::test::soon;

namespace {

std::string start_error(std::vector<std::string> listen) {
  const auto server = Server::start(options_for(std::move(listen)), {}, {}, Log::silent());
  return server ? "started" : server.error().message;
}

bool refuses_connections(const std::string& address) {
  try {
    const Client client(address);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("A listen address is read as Go reads it") {
  CHECK(parse_listen_address(":9115", false)->spec == "9115");
  CHECK(parse_listen_address(":9115", true)->spec == "+9115");
  CHECK(parse_listen_address("127.0.0.1:0", false)->spec == "127.0.0.1:0");
  CHECK(parse_listen_address("localhost:80", false)->spec == "localhost:80");
  CHECK(parse_listen_address("[::]:80", true)->spec == "+80");
  CHECK(parse_listen_address("[::1]:80", true)->spec == "[::1]:80");
  CHECK(parse_listen_address("[::1]:80", false)->spec.empty());  // left to a socket of our own
  CHECK(parse_listen_address("[::1]:80", false)->bare == "::1");
  CHECK(parse_listen_address("[fe80::1%lo]:80", true)->spec.empty());
  CHECK(parse_listen_address(":80", false)->bare.empty());
}

TEST_CASE("A listen address that cannot be is an error that says why") {
  const auto why = [](std::string_view text) { return parse_listen_address(text, false).error().message; };
  CHECK(why("9115") == R"(listen address "9115": no port, write host:port or :port)");
  CHECK(why(":http") == R"(listen address ":http": the port is no number from 0 to 65535)");
  CHECK(why(":70000") == R"(listen address ":70000": the port is no number from 0 to 65535)");
  CHECK(why("999.0.0.1:80") == R"(listen address "999.0.0.1:80": the host is neither an address nor a name)");
  CHECK(why("a,81:80") == R"(listen address "a,81:80": the host is neither an address nor a name)");
  CHECK(why("[::1:80") == R"(listen address "[::1:80": what stands in brackets is no IPv6 address)");
  CHECK(why("[127.0.0.1]:80") == R"(listen address "[127.0.0.1]:80": what stands in brackets is no IPv6 address)");
}

TEST_CASE("A port in use is an error that names it, also when another address works") {
  RunningServer first({});
  const std::string in_use = "cannot listen on " + first.address + ": address already in use";
  CHECK(start_error({first.address}) == in_use);
  CHECK(start_error({"127.0.0.1:0", first.address}) == in_use);
  CHECK(start_error({first.address.substr(first.address.rfind(':'))}).ends_with(": address already in use"));
  CHECK(start_error({"192.0.2.1:0"}) == "cannot listen on 192.0.2.1:0: cannot assign requested address");
}

TEST_CASE("The server says where it listens, at several addresses too") {
  RunningServer server({saying("/", "ok")}, {}, options_for({"127.0.0.1:0", "127.0.0.2:0"}));
  const auto addresses = server.server->addresses();
  REQUIRE(addresses.size() == 2);
  CHECK(addresses[0].starts_with("127.0.0.1:"));
  CHECK(addresses[1].starts_with("127.0.0.2:"));
  CHECK(addresses[0] != "127.0.0.1:0");
  CHECK(body_of(get(addresses[0], "/")) == "ok");
}

TEST_CASE("A stop lets running requests end and refuses new ones") {
  check_stop_in_the_middle("finished", options_for({"127.0.0.1:0"}));
}

TEST_CASE("A stop does not wait beyond its grace") {
  std::atomic<bool> entered{false}, go_on{false}, left{false};
  RunningServer server({{"/", [&](const WebRequest&) {
                           entered = true;
                           soon([&] { return go_on.load(); }, seconds(60));
                           left = true;
                           return text("too late");
                         }}});
  Client client(server.address);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(soon([&] { return entered.load(); }));
  const Duration grace = milliseconds(500);
  const Time began = now();
  std::thread stopper([&] { server.server->stop(grace); });
  // Nothing but the closed door tells that the grace is over: the request is held until that was seen.
  CHECK(soon([&] { return refuses_connections(server.address); }));
  CHECK(now() - began >= grace);
  CHECK_FALSE(left);
  go_on = true;
  stopper.join();
}

TEST_CASE("Sixteen connections that say nothing keep nobody waiting for two seconds") {
  RunningServer server({saying("/", "ok")});
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 16; ++i) silent.push_back(std::make_unique<Client>(server.address));
  silent[3]->send("GET / HT");  // one is silent in the middle of its request
  const Time began = now();
  CHECK(body_of(get(server.address, "/")) == "ok");
  CHECK(now() - began < seconds(2));
}

TEST_CASE("Idle connections keep nobody waiting either") {
  RunningServer server({saying("/", "ok")});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(std::make_unique<Client>(server.address));
    idle.back()->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (const auto& client : idle) CHECK(client->read_until("ok").ends_with("ok"));
}

TEST_CASE("A connection that stays idle is closed soon: it holds a worker") {
  RunningServer server({saying("/", "ok")});
  Client client(server.address);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_until("ok").ends_with("ok"));
  const Time began = now();
  CHECK(client.read_all().empty());
  CHECK(now() - began < seconds(3));
}

TEST_CASE("Many clients at once are all answered") {
  RunningServer server({telling_n()});
  CHECK(right_answers_of_200(server.address) == 200);
}
