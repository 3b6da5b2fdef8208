// One relay between a client and a server of our own, moved by hand: what it does when the server goes wrong.

#include "serve/relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "support/catch.h"

using namespace vedette;

namespace {

std::string read_from(int fd) {
  std::string all;
  std::array<char, 65536> part{};
  for (ssize_t size = 0; (size = ::recv(fd, part.data(), part.size(), MSG_DONTWAIT)) > 0;) {
    all.append(part.data(), static_cast<std::size_t>(size));
  }
  return all;
}

/// A client, a relay and what stands for civetweb.
class Scene {
 public:
  Scene() {
    listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
    door.set_port(ntohs(at.sin_port));
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    client = Descriptor(ends[0]);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    relay = std::make_unique<Relay>(Descriptor(ends[1]), nullptr, door, now());
  }

  /// The relay's turns until the condition holds, or it ends; false after ten seconds.
  template <class Condition>
  bool turn_until(Condition condition) {
    const Time deadline = now() + seconds(10);
    while (!condition()) {
      if (now() > deadline) return false;
      std::vector<pollfd> polls;
      relay->append_polls(polls);
      ::poll(polls.data(), polls.size(), relay->hungry() ? 0 : 20);
      if (over = !relay->advance(polls[0].revents, now()); over) return condition();
    }
    return true;
  }
  bool ends() {
    return turn_until([&] { return over; });
  }

  /// The server's end of the connection that the first bytes of a request make.
  void let_in() {
    say("GET");
    REQUIRE(turn_until([&] { return !relay->is_silent(); }));
    server = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(server);
    REQUIRE(turn_until([&] { return (heard += read_from(server.get())) == "GET"; }));
  }
  void say(std::string_view bytes) { REQUIRE(::send(client.get(), bytes.data(), bytes.size(), 0) > 0); }
  void answer(std::string_view bytes) { REQUIRE(::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0); }
  /// Closes with a reset.
  void break_server() {
    const linger hard{1, 0};
    ::setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    server = Descriptor();
  }

  InnerDoor door;
  Descriptor client, server;
  std::unique_ptr<Relay> relay;
  std::string heard, said;
  bool over = false;

 private:
  Descriptor listener_;
};

}  // namespace

TEST_CASE("A relay is silent until the client speaks, then lets it in and leads both ways") {
  Scene scene;
  CHECK(scene.relay->is_silent());
  scene.let_in();
  scene.answer("200");
  CHECK(scene.turn_until([&] { return (scene.said += read_from(scene.client.get())) == "200"; }));
  scene.say(" /");
  CHECK(scene.turn_until([&] { return (scene.heard += read_from(scene.server.get())) == "GET /"; }));
}

TEST_CASE("A client that ends its side is still answered") {
  Scene scene;
  scene.let_in();
  ::shutdown(scene.client.get(), SHUT_WR);
  char byte = 0;
  CHECK(scene.turn_until([&] { return ::recv(scene.server.get(), &byte, 1, MSG_DONTWAIT) == 0; }));
  scene.answer("200");
  scene.server = Descriptor();
  CHECK(scene.ends());
  CHECK(read_from(scene.client.get()) == "200");
}

TEST_CASE("A server that takes no more is heard out") {
  Scene scene;
  scene.let_in();
  scene.answer("413");
  ::shutdown(scene.server.get(), SHUT_RD);
  scene.say(std::string(100'000, 'x'));
  CHECK(scene.turn_until([&] { return (scene.said += read_from(scene.client.get())) == "413"; }));
  scene.break_server();
  CHECK((scene.over || scene.turn_until([&] { return scene.relay->deadline() < Time::max(); })));
  CHECK(scene.said + read_from(scene.client.get()) == "413");
}

TEST_CASE("A server that breaks ends the relay, what it said before has arrived") {
  Scene scene;
  scene.let_in();
  scene.answer("half");
  CHECK(scene.turn_until([&] { return (scene.said += read_from(scene.client.get())) == "half"; }));
  scene.break_server();
  char byte = 0;
  CHECK(scene.turn_until([&] { return ::recv(scene.client.get(), &byte, 1, MSG_DONTWAIT) == 0; }));
  scene.client = Descriptor();
  CHECK((scene.over || scene.ends()));
}

TEST_CASE("A client that breaks takes its way in with it") {
  Scene scene;
  scene.let_in();
  scene.client = Descriptor();
  char byte = 0;
  CHECK(scene.turn_until([&] { return ::recv(scene.server.get(), &byte, 1, MSG_DONTWAIT) == 0; }));
}

TEST_CASE("A client that never speaks is over at its deadline") {
  Scene scene;
  CHECK(scene.relay->deadline() < now() + seconds(60));
  CHECK_FALSE(scene.relay->advance(0, scene.relay->deadline()));
}
