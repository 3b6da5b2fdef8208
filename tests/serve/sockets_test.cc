// Sockets of our own, and the way from them to civetweb.

#include "serve/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "serve/inner_door.h"
#include "support/catch.h"

using namespace vedette;

TEST_CASE("A door is opened at an address of either family, or of both") {
  for (const auto& [host, shown] : {std::pair{"127.0.0.1", "127.0.0.1:"}, std::pair{"::1", "[::1]:"},
                                    std::pair{"", "[::]:"}, std::pair{"localhost", "127.0.0.1:"}}) {
    const auto door = open_door(host, 0);
    INFO(host);
    REQUIRE(door);
    CHECK(door->address.starts_with(shown));
    CHECK_FALSE(door->address.ends_with(":0"));
    CHECK((::fcntl(door->socket.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("A door that cannot be opened says why") {
  const auto first = open_door("127.0.0.1", 0);
  REQUIRE(first);
  const auto port = parse_int<std::uint16_t>(first->address.substr(first->address.rfind(':') + 1));
  CHECK(open_door("127.0.0.1", *port).error().message ==
        "cannot listen on " + first->address + ": address already in use");
  CHECK(open_door("-x", 9115).error().message == "cannot listen on -x:9115: no such name");
  CHECK(open_door("2001:db8::1", 80).error().message.starts_with("cannot listen on [2001:db8::1]:80: "));
}

TEST_CASE("Only a stream socket that listens is taken over") {
  auto door = open_door("127.0.0.1", 0);
  REQUIRE(door);
  const int copy = ::dup(door->socket.get());
  const auto adopted = adopt_door(copy);
  REQUIRE(adopted);
  CHECK(adopted->address == door->address);
  const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(adopt_door(deaf).error().message.find("is no stream socket that listens") != std::string::npos);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK_FALSE(adopt_door(file));
}

TEST_CASE("Without sockets from systemd the error says what is missing") {
  const auto why = [](const char* count, const char* pid) {
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
    if (count) ::setenv("LISTEN_FDS", count, 1);
    if (pid) ::setenv("LISTEN_PID", pid, 1);
    const auto taken = take_systemd_sockets();
    CHECK(::getenv("LISTEN_FDS") == nullptr);
    return taken ? "taken" : taken.error().message;
  };
  const std::string own = std::to_string(::getpid());
  CHECK(why(nullptr, nullptr) == "no sockets from systemd: LISTEN_FDS and LISTEN_PID are not set");
  CHECK(why("0", own.c_str()) == "no sockets from systemd: LISTEN_FDS and LISTEN_PID are not set");
  CHECK(why("1", "1") == "no sockets from systemd: LISTEN_PID names another process");
  CHECK(why("2000", own.c_str()) == "no sockets from systemd: LISTEN_FDS is out of range");
}

TEST_CASE("The inner door knows its guests while they are there, each by an address of its own") {
  auto door = open_door("127.0.0.1", 0);
  REQUIRE(door);
  InnerDoor inner;
  inner.set_port(*parse_int<std::uint16_t>(door->address.substr(door->address.rfind(':') + 1)));
  const auto from = [](const InnerDoor::Passage& passage) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(passage.get(), reinterpret_cast<sockaddr*>(&address), &size);
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return std::pair<std::string, int>{text, ntohs(address.sin_port)};
  };
  auto one = inner.enter();
  auto two = inner.enter();
  REQUIRE((one && two));
  const auto first = from(*one), second = from(*two);
  CHECK(first.first.starts_with("127."));
  CHECK(first.first != second.first);
  CHECK(inner.knows(first.first, first.second));
  CHECK(inner.knows(second.first, second.second));
  CHECK_FALSE(inner.knows("127.0.0.1", first.second));
  CHECK_FALSE(inner.knows(first.first, second.second));
  CHECK_FALSE(inner.knows("::1", first.second));
  *one = InnerDoor::Passage();
  CHECK_FALSE(inner.knows(first.first, first.second));
  CHECK(inner.knows(second.first, second.second));
}
