// Long answers.

#include <atomic>
#include <thread>

#include "serve/running_server.h"

using namespace vedette;

namespace {

Route streaming(std::string path, std::function<void(const WebWrite&)> stream) {
  return {std::move(path), [stream = std::move(stream)](const WebRequest&) {
            WebResponse response;
            response.stream = stream;
            return response;
          }};
}

/// The body of a chunked answer; empty when its framing is wrong or it does not end.
std::string joined(std::string_view chunked) {
  std::string body;
  while (true) {
    const auto line = chunked.find("\r\n");
    if (line == std::string_view::npos) return {};
    const std::size_t size = std::stoul(std::string(chunked.substr(0, line)), nullptr, 16);
    chunked.remove_prefix(line + 2);
    if (chunked.size() < size + 2 || chunked.substr(size, 2) != "\r\n") return {};
    if (size == 0) return chunked.size() == 2 ? body : std::string{};
    body += chunked.substr(0, size);
    chunked.remove_prefix(size + 2);
  }
}

}  // namespace

TEST_CASE("A streamed answer comes in chunks, and empty pieces do not end it") {
  RunningServer server({streaming("/", [](const WebWrite& write) {
    CHECK(write("one"));
    CHECK(write(""));
    CHECK(write("twenty characters ok"));
  })});
  const std::string answer = get(server.address, "/");
  CHECK(head_of(answer).find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(body_of(answer) == "3\r\none\r\n14\r\ntwenty characters ok\r\n0\r\n\r\n");
}

TEST_CASE("A streamed answer of nothing is complete") {
  RunningServer server({streaming("/", [](const WebWrite&) {})});
  CHECK(body_of(get(server.address, "/")) == "0\r\n\r\n");
}

TEST_CASE("A connection serves on after a streamed answer") {
  RunningServer server({streaming("/", [](const WebWrite& write) { write("abc"); })});
  Client client(server.address);
  for (int i = 0; i < 3; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("\r\n\r\n");
    CHECK(client.read_until("0\r\n\r\n") == "3\r\nabc\r\n0\r\n\r\n");
  }
}

TEST_CASE("A client of HTTP/1.0 gets a streamed answer until the connection closes") {
  RunningServer server({streaming("/", [](const WebWrite& write) {
    write("one");
    write("two");
  })});
  const std::string answer = ask(server.address, "GET / HTTP/1.0\r\n\r\n");
  CHECK(head_of(answer).find("chunked") == std::string::npos);
  CHECK(body_of(answer) == "onetwo");
}

TEST_CASE("An exception in the middle of a stream leaves the answer visibly incomplete") {
  RunningServer server({streaming("/", [](const WebWrite& write) {
    write("half");
    throw 1;
  })});
  const std::string answer = get(server.address, "/");
  CHECK(status_of(answer) == 200);
  CHECK(answer.find("half") != std::string::npos);
  CHECK(joined(body_of(answer)).empty());
}

TEST_CASE("Thirty megabytes arrive complete, streamed and whole") {
  const std::string piece(64 * 1024, 'x'), page(30'000'000, 'y');
  RunningServer server({streaming("/stream",
                                  [&](const WebWrite& write) {
                                    for (int i = 0; i < 480; ++i) write(piece);
                                  }),
                        saying("/whole", page)});
  CHECK(joined(body_of(get(server.address, "/stream"))).size() == 480 * piece.size());
  CHECK(body_of(get(server.address, "/whole")) == page);
}

TEST_CASE("A stream is told when its reader has gone") {
  std::atomic<bool> told{false};
  const std::string piece(64 * 1024, 'x');
  RunningServer server({streaming("/", [&](const WebWrite& write) {
    while (write(piece)) {}
    told = true;
  })});
  {
    Client client(server.address);
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("\r\n\r\n");
  }
  server.server->stop(seconds(10));  // waits for the request to end
  CHECK(told);
}

TEST_CASE("A reader that pauses longer than one wait still gets everything") {
  const std::string page(20'000'000, 'z');
  std::atomic<bool> asked{false};
  RunningServer server({{"/", [&](const WebRequest&) {
                           asked = true;
                           return text(page);
                         }}});
  Client client(server.address, 65536);  // one that does not grow while it waits
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  // The pause itself is what is tested: civetweb gives up three times in it, the last time without progress.
  const Time until = now() + milliseconds(6500);
  while (now() < until) std::this_thread::sleep_for(milliseconds(20));
  CHECK(asked);
  CHECK(body_of(client.read_all()).size() == page.size());
}
