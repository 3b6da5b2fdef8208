// Heads that civetweb reads only in part, and places that it leads nowhere.

#include "serve/running_server.h"

using namespace vedette;
using vedette::test::soon;

namespace {

constexpr std::string_view kSmuggled = "GET /second HTTP/1.1\r\nHost: x\r\n\r\n";

RunningServer two_places() { return RunningServer({saying("/first", "one"), saying("/second", "two")}); }

/// One request whose body, if anybody thinks that it is none, is another.
std::string answers_to(const RunningServer& server, const std::string& head) {
  return ask(server.address, head + std::string(kSmuggled));
}

std::string with(const std::string& lines) { return "POST /first HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n"; }

}  // namespace

TEST_CASE("A head that is read only in part is refused, and nothing behind it is a request") {
  const RunningServer server = two_places();
  const std::string length = "Content-Length: " + std::to_string(kSmuggled.size()) + "\r\n";
  for (const std::string& head : {
           with("X: a\r\n folded\r\n" + length),
           with("X: a\r\n: no name\r\n" + length),
           with("X: a\r\n\xff: odd\r\n" + length),
           "POST /first HTTP/1.1\r\n: no name\r\n" + length + "\r\n",
           "POST /first HTTP/1.1\r\n folded: first\r\n" + length + "\r\n",
           with("Content-Length : 3\r\n"),
           with("X: a\nY: b\r\n" + length),
           with("X: a\n\r\n" + length),
           with("X: a\r\n \r\n" + length),
           "POST /first HTTP/1.1\nHost: x\n folded\n" + length + "\r\n\r\n",
       }) {
    INFO(head);
    const std::string said = answers_to(server, head);
    CHECK(status_of(said) == 400);
    CHECK(head_of(said).find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(said.find("two") == std::string::npos);
  }
}

TEST_CASE("Lines that end with LF alone are read, and the connection ends") {
  const RunningServer server = two_places();
  for (const char* head : {"GET /first HTTP/1.1\nHost: x\n\n", "GET /first HTTP/1.0\n\n"}) {
    const std::string said = answers_to(server, head);
    CHECK(body_of(said) == "one");
  }
}

TEST_CASE("Proper heads are served, with and without headers, and keep the connection") {
  const RunningServer server = two_places();
  CHECK(body_of(ask(server.address, "GET /first HTTP/1.0\r\n\r\n")) == "one");
  Client client(server.address);
  for (const char* head : {"GET /first HTTP/1.1\r\nHost: x\r\nEmpty:\r\nTight:x\r\n\r\n",
                           "GET /second HTTP/1.1\r\nHost:   wide  \r\n\r\n"}) {
    client.send(head);
    CHECK(status_of(client.read_until("\r\n\r\n")) == 200);
    client.read_until(std::string_view(head).starts_with("GET /first") ? "one" : "two");
  }
}

TEST_CASE("A request that civetweb leads nowhere gets an answer") {
  const RunningServer server = two_places();
  for (const char* line : {"OPTIONS * HTTP/1.1", "GET http://x:1/first HTTP/1.1", "GET http://x/first HTTP/1.1",
                           "GET http://x HTTP/1.1", "GET first HTTP/1.1"}) {
    INFO(line);
    const std::string said = ask(server.address, std::string(line) + "\r\nHost: x\r\n\r\n");
    CHECK(status_of(said) == 400);
    CHECK(said.find("HTTP/1.1", 1) == std::string::npos);  // one answer
  }
  Client client(server.address);
  client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("one");
  client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(client.read_all()) == 400);
}

TEST_CASE("A route can find out that its client has gone") {
  std::atomic<bool> entered{false}, noticed{false}, still_there{false};
  RunningServer server({{"/slow", [&](const WebRequest& request) {
                           still_there = !request.gone();
                           entered = true;
                           noticed = soon([&] { return request.gone(); });
                           return text("");
                         }}});
  {
    Client client(server.address);
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(soon([&] { return entered.load(); }));
  }
  CHECK(soon([&] { return noticed.load(); }));
  CHECK(still_there);
}
