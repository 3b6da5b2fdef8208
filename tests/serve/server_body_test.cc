// Bodies and heads that break the rules.

#include "serve/running_server.h"

using namespace vedette;

namespace {

RunningServer echo() {
  ServeOptions options = options_for({"127.0.0.1:0"});
  options.body_limit = 1000;
  return RunningServer({{"/echo", [](const WebRequest& request) { return text(request.body); }}}, {}, options);
}

std::string post(const RunningServer& server, const std::string& headers, const std::string& body) {
  return ask(server.address, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n" + body);
}

}  // namespace

TEST_CASE("A body up to the limit arrives, in one piece or in chunks") {
  const RunningServer server = echo();
  const std::string most(1000, 'x');
  CHECK(body_of(post(server, "Content-Length: 1000\r\n", most)) == most);
  CHECK(body_of(post(server, "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) == "abcde");
  CHECK(body_of(post(server, "Transfer-Encoding: Chunked\r\n", "0\r\n\r\n")).empty());
}

TEST_CASE("A body above the limit is 413, whether it says so, lies or comes in chunks") {
  const RunningServer server = echo();
  CHECK(status_of(post(server, "Content-Length: 1001\r\n", std::string(1001, 'x'))) == 413);
  CHECK(status_of(post(server, "Content-Length: 99999999999\r\n", "x")) == 413);
  std::string chunks;
  for (int i = 0; i < 200; ++i) chunks += "a\r\n0123456789\r\n";
  CHECK(status_of(post(server, "Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n")) == 413);
  CHECK(status_of(post(server, "Transfer-Encoding: chunked\r\n", "fffffff\r\n" + std::string(1100, 'x'))) == 413);
}

TEST_CASE("A client that sends a large body in spite of the refusal still gets to read it") {
  const RunningServer server = echo();
  Client client(server.address);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
  CHECK(status_of(client.read_until("\r\n\r\n")) == 413);
  for (int i = 0; i < 30; ++i) CHECK(client.send(std::string(100'000, 'x')));
  CHECK(client.read_all() == "the body is too large\n");
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("A body whose length is told twice, or in two ways, is 400") {
  const RunningServer server = echo();
  CHECK(status_of(post(server, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")) == 400);
  CHECK(status_of(post(server, "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")) == 400);
  CHECK(status_of(post(server, "Content-Length: 3\r\nContent-Length: 3\r\n", "abc")) == 400);
  CHECK(status_of(post(server, "Content-Length: 3, 3\r\n", "abc")) == 400);
  CHECK(status_of(post(server, "Content-Length: 3abc\r\n", "abc")) == 400);
  CHECK(status_of(post(server, "Content-Length: +3\r\n", "abc")) == 400);
}

TEST_CASE("A length that is no number and an unknown encoding are refused") {
  const RunningServer server = echo();
  CHECK(status_of(post(server, "Content-Length: -3\r\n", "abc")) / 100 == 4);
  CHECK(status_of(post(server, "Transfer-Encoding: gzip\r\n", "abc")) >= 400);
  CHECK(status_of(post(server, "Transfer-Encoding: identity\r\n", "abc")) == 501);
}

TEST_CASE("A body that ends early or in a bad chunk is 400") {
  const RunningServer server = echo();
  Client half(server.address);
  half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  half.no_more();
  CHECK(status_of(half.read_all()) == 400);
  CHECK(status_of(post(server, "Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n")) == 400);
}

TEST_CASE("A client that asks first is told to go on, or not") {
  const RunningServer server = echo();
  Client fine(server.address);
  fine.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
  CHECK(fine.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  fine.send("ok");
  CHECK(body_of(fine.read_all()) == "ok");
  Client large(server.address);
  large.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n");
  CHECK(large.read_until("\r\n") == "HTTP/1.1 413 Request Entity Too Large\r\n");
}

TEST_CASE("The next request on a connection begins where the body ended") {
  const RunningServer server = echo();
  Client client(server.address);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\noneGET /none HTTP/1.1\r\nHost: x\r\nConnection: "
      "close\r\n\r\n");
  const std::string answers = client.read_all();
  CHECK(status_of(answers) == 200);
  CHECK(answers.find("oneHTTP/1.1 404 ") != std::string::npos);
}

TEST_CASE("Too many headers are 431, a head that never ends is refused") {
  const RunningServer server = echo();
  std::string many;
  for (int i = 0; i < 80; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(status_of(post(server, many, "")) == 431);
  CHECK(status_of(post(server, "X-Long: " + std::string(20'000, 'y') + "\r\n", "")) / 100 == 4);
}

TEST_CASE("What is no HTTP is refused and the connection closed") {
  const RunningServer server = echo();
  CHECK(status_of(ask(server.address, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")) / 100 == 4);
  CHECK(status_of(ask(server.address, "GET / HTTP/3.7\r\nHost: x\r\n\r\n")) >= 400);
  CHECK(status_of(ask(server.address, "GET / HTTP/1.1\r\nno colon here\r\n\r\n")) == 400);
}
