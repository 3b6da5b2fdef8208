// Exchanges without TLS over real sockets, against servers that do as their script says.

#include "net/http_exchange.h"

#include <dirent.h>

#include <deque>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "net/http_profile.h"
#include "support/catch.h"
#include "support/loopback_server.h"

using namespace vedette;
using namespace vedette::test;

namespace {

constexpr std::string_view kHeadersEnd = "\r\n\r\n";
// Far more than any of these tests takes.
constexpr Duration kPatience = seconds(10);
// So that no kernel takes a body of 8 MiB which nobody reads.
constexpr int kSmallBuffer = 4096;

class Body final : public BodySink {
 public:
  bool take(std::string_view piece) override {
    text += piece;
    if (on_piece) on_piece();
    return text.size() < enough;
  }
  std::string text;
  std::size_t enough = std::string::npos;
  std::function<void()> on_piece;
};

/// One exchange and all that must live as long.
struct Asking {
  explicit Asking(const std::string& authority, HttpSettings settings = {}) {
    call.profile = make_http_profile(std::move(settings));
    call.url = "http://" + authority + "/";
    call.address = IpAddress::parse(host_of_authority(authority));
    call.sink = &body;
  }
  Asking(const Asking&) = delete;

  static std::string host_of_authority(const std::string& authority) {
    std::size_t colon = authority.rfind(':');
    return authority[0] == '[' ? authority.substr(1, colon - 2) : authority.substr(0, colon);
  }
  Reason reason() const { return reply.failure ? reply.failure->reason : Reason::internal; }
  Phase phase() const { return reply.failure ? reply.failure->phase : Phase::agent; }

  HttpCall call;
  HttpReply reply;
  Body body;
};

Task<void> ask(Loop* loop, Poller* poller, Asking* asking, std::size_t* left) {
  HttpExchange exchange(*poller, asking->call, asking->reply, nullptr);
  co_await exchange.run();
  if (--*left == 0) loop->stop();
}

/// Counts how often another task gets a turn until the loop stops.
Task<void> count_turns(Loop* loop, std::size_t* turns) {
  while (true) {
    Wake why = co_await loop->sleep_until(now() + milliseconds(1));
    if (why != Wake::ready) co_return;
    ++*turns;
  }
}

/// Runs the exchange to its end.
void run(Asking& asking, Duration patience = kPatience) {
  Loop loop;
  Poller poller(loop);
  std::size_t left = 1;
  loop.spawn(ask(&loop, &poller, &asking, &left), now() + patience);
  loop.run();
}

HttpSettings with_method(const char* method) {
  HttpSettings settings;
  settings.method = method;
  return settings;
}

std::string answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::size_t descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  REQUIRE(directory != nullptr);
  std::size_t count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

/// Reads the request, does this, and waits until the client has gone.
LoopbackServer::Script after_request(std::function<void(Peer&)> act, bool* client_left = nullptr) {
  return [=](LoopbackServer& server) {
    Peer peer = server.accept();
    peer.read_until(kHeadersEnd);
    act(peer);
    bool left = peer.client_left();
    if (client_left) *client_left = left;
  };
}

void check_order(const HttpTimes& times) {
  CHECK(times.start != Time{});
  CHECK(times.start <= times.socket);
  CHECK(times.socket <= times.tcp);
  CHECK(times.socket <= times.ready);
  CHECK(times.ready <= times.first_byte);
  CHECK(times.first_byte <= times.end);
}

}  // namespace

TEST_CASE("An exchange sends its request and brings the answer, over IPv4 and IPv6") {
  for (bool ip6 : {false, true}) {
    INFO((ip6 ? "IPv6" : "IPv4"));
    std::string request, authority;
    auto script = [&](LoopbackServer& self) {
      Peer peer = self.accept();
      request = peer.read_until(kHeadersEnd);
      peer.write(answer("hello"));
      peer.client_left();
    };
    {
      LoopbackServer server(script, ip6);
      authority = server.authority();
      Asking asking(authority);
      run(asking);
      CHECK_FALSE(asking.reply.failure);
      CHECK(asking.reply.status == 200);
      CHECK(asking.reply.content_length == 5);
      CHECK(asking.body.text == "hello");
      check_order(asking.reply.times);
    }
    CHECK(request == "GET / HTTP/1.1\r\nHost: " + authority + "\r\nConnection: close\r\n\r\n");
  }
}

TEST_CASE("A large body arrives byte for byte, with its length and in chunks") {
  std::string sent;
  for (int i = 0; sent.size() < (3 << 20); ++i) sent += std::to_string(i);
  sent.resize(3 << 20);
  for (bool chunked : {false, true}) {
    std::string arrived, expected = chunked ? "300000\r\n" + sent + "\r\n0\r\n\r\n" : sent;
    auto script = [&](LoopbackServer& self) {
      Peer peer = self.accept();
      peer.read_until(kHeadersEnd);
      arrived = peer.read(expected.size());
      peer.write(answer("thanks"));
      peer.client_left();
    };
    {
      LoopbackServer server(script);
      Asking asking(server.authority(), with_method("POST"));
      asking.call.body = &sent;
      asking.call.chunked = chunked;
      run(asking);
      CHECK(asking.body.text == "thanks");
    }
    CHECK((arrived == expected));
  }
}

TEST_CASE("Where nothing listens, the connection is refused") {
  DeafPort port;
  Asking asking(port.authority());
  run(asking);
  CHECK(asking.phase() == Phase::connect);
  CHECK(asking.reason() == Reason::connect_refused);
  CHECK(asking.reply.status == 0);
  CHECK(asking.reply.times.ready == Time{});
  CHECK(asking.reply.times.end != Time{});
}

TEST_CASE("A server that does not answer in time is given up in the phase response") {
  bool left = false;
  {
    LoopbackServer server(after_request([](Peer&) {}, &left));
    Asking asking(server.authority());
    Time begin = now();
    run(asking, milliseconds(100));
    CHECK(asking.phase() == Phase::response);
    CHECK(asking.reason() == Reason::timeout);
    CHECK(asking.reply.failure->sentence.find("first byte") != std::string::npos);
    CHECK(asking.reply.times.first_byte == Time{});
    CHECK(asking.reply.times.end - begin >= milliseconds(100));
  }
  CHECK(left);
}

TEST_CASE("A server that stops in the middle of the body is given up there, and what came is kept") {
  LoopbackServer server(
      after_request([](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"); }));
  Asking asking(server.authority());
  run(asking, milliseconds(100));
  CHECK(asking.phase() == Phase::response);
  CHECK(asking.reason() == Reason::timeout);
  CHECK(asking.reply.status == 200);
  CHECK(asking.reply.content_length == 9);
  CHECK(asking.body.text == "hello");
}

TEST_CASE("An exchange tells how its connection ended") {
  struct End {
    const char* name;
    std::string before;  // what the server says first
    bool reset;
    Reason reason;
    int status;
  };
  const End ends[] = {
      {"reset instead of an answer", "", true, Reason::reset, 0},
      {"closed instead of an answer", "", false, Reason::closed, 0},
      {"closed in the status line", "HTTP/1.1 2", false, Reason::truncated, 0},
      {"closed after a 1xx", "HTTP/1.1 100 Continue\r\n\r\n", false, Reason::truncated, 0},
      {"closed in the headers", "HTTP/1.1 200 OK\r\nX: y\r\n", false, Reason::truncated, 200},
      {"closed in the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, Reason::truncated, 200},
      {"something that is no HTTP", "SSH-2.0-x\r\n", false, Reason::malformed, 0},
  };
  for (const End& end : ends) {
    INFO(end.name);
    LoopbackServer server(after_request([&](Peer& peer) {
      peer.write(end.before);
      end.reset ? peer.reset() : peer.close();
    }));
    Asking asking(server.authority());
    run(asking);
    CHECK(asking.phase() == Phase::response);
    CHECK(reason_name(asking.reason()) == reason_name(end.reason));
    CHECK(asking.reply.status == end.status);
  }
}

TEST_CASE("A reset in the middle of the body is told, and what came before it is kept") {
  std::promise<void> arrived;
  LoopbackServer server(after_request([&](Peer& peer) {
    peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
    arrived.get_future().wait_for(kPatience);
    peer.reset();
  }));
  Asking asking(server.authority());
  asking.body.on_piece = [&] {
    if (asking.body.text == "hello") arrived.set_value();
  };
  run(asking);
  CHECK(asking.phase() == Phase::response);
  CHECK(asking.reason() == Reason::reset);
  CHECK(asking.reply.status == 200);
  CHECK(asking.body.text == "hello");
}

TEST_CASE("An exchange whose loop stops while it waits ends and leaves no descriptor") {
  { Loop first; }  // libuv keeps a pipe for ever
  std::size_t before = descriptors();
  {
    Loop loop;
    Poller poller(loop);
    bool left = false;
    {
      LoopbackServer server(after_request([&](Peer&) { loop.stop(); }, &left));
      Asking asking(server.authority());
      std::size_t count = 1;
      loop.spawn(ask(&loop, &poller, &asking, &count), now() + kPatience);
      loop.run();
      CHECK(asking.phase() == Phase::agent);
      CHECK(asking.reason() == Reason::internal);
      CHECK(asking.reply.failure.has_value());
      CHECK(asking.reply.times.end != Time{});
    }
    CHECK(left);
  }
  CHECK(descriptors() == before);
}

TEST_CASE("Two hundred exchanges at once each bring their own answer and leave no descriptor") {
  constexpr std::size_t kMany = 200;
  { Loop first; }
  std::size_t before = descriptors();
  {
    LoopbackServer server([&](LoopbackServer& self) {
      std::vector<Peer> peers;
      std::vector<std::string> paths;
      for (std::size_t i = 0; i < kMany; ++i) peers.push_back(self.accept());
      for (Peer& peer : peers) {
        std::string request = peer.read_until(kHeadersEnd);
        paths.push_back(request.substr(0, request.find(" HTTP/")));
      }
      // The last to come is the first to be answered.
      for (std::size_t i = kMany; i-- > 0;) peers[i].write(answer(paths[i]));
      for (Peer& peer : peers) peer.client_left();
    });
    Loop loop;
    Poller poller(loop);
    std::size_t left = kMany;
    std::deque<Asking> all;
    for (std::size_t i = 0; i < kMany; ++i) {
      all.emplace_back(server.authority());
      all.back().call.url += std::to_string(i);
      loop.spawn(ask(&loop, &poller, &all.back(), &left), now() + kPatience);
    }
    loop.run();
    for (std::size_t i = 0; i < kMany; ++i) CHECK(all[i].body.text == "GET /" + std::to_string(i));
  }
  CHECK(descriptors() == before);
}

TEST_CASE("An answer counts before the whole of a body is sent, whether the server stays or resets") {
  const std::string large(8 << 20, 'x');
  for (bool reset : {false, true}) {
    INFO((reset ? "reset" : "stays"));
    std::promise<void> over;
    auto script = [&](LoopbackServer& self) {
      Peer peer = self.accept();
      peer.read_until(kHeadersEnd);
      peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge");
      if (reset) peer.reset();
      over.get_future().wait_for(kPatience);
    };
    LoopbackServer server(script, false, kSmallBuffer);
    Asking asking(server.authority(), with_method("POST"));
    asking.call.body = &large;
    run(asking);
    over.set_value();
    CHECK_FALSE(asking.reply.failure);
    CHECK(asking.reply.status == 413);
    CHECK(asking.body.text == "large");
  }
}

TEST_CASE("A server that never reads is given up in the phase request") {
  const std::string large(8 << 20, 'x');
  std::promise<void> over;
  auto script = [&](LoopbackServer& self) {
    Peer peer = self.accept();
    over.get_future().wait_for(kPatience);
  };
  LoopbackServer server(script, false, kSmallBuffer);
  Asking asking(server.authority(), with_method("POST"));
  asking.call.body = &large;
  run(asking, milliseconds(200));
  over.set_value();
  CHECK(asking.phase() == Phase::request);
  CHECK(asking.reason() == Reason::timeout);
  CHECK(asking.reply.status == 0);
}

TEST_CASE("A sink that wants no more ends the exchange well") {
  bool left = false;
  {
    LoopbackServer server(after_request([](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\n\r\nhello"); }, &left));
    Asking asking(server.authority());
    asking.body.enough = 3;
    run(asking);
    CHECK_FALSE(asking.reply.failure);
    CHECK(asking.reply.stopped);
  }
  CHECK(left);
}

TEST_CASE("A body that takes long gives way to others and arrives whole") {
  std::string sent(1 << 20, 'x');
  LoopbackServer server(after_request([&](Peer& peer) { peer.write(answer(sent)); }));
  Asking slow(server.authority());
  Loop loop;
  Poller poller(loop);
  std::size_t left = 1, turns = 0;
  slow.body.on_piece = [] {
    for (Time until = now() + milliseconds(5); now() < until;) continue;
  };
  loop.spawn(ask(&loop, &poller, &slow, &left), now() + kPatience);
  loop.spawn(count_turns(&loop, &turns));
  loop.run();
  CHECK_FALSE(slow.reply.failure);
  CHECK((slow.body.text == sent));
  CHECK(turns >= 8);
}
