// Whoever has much to do with a body gives way, on the own engine as through libcurl; and an answer that came in time
// counts, even if the loop was kept from seeing it.

#include <future>
#include <string>

#include "net/http.h"
#include "support/catch.h"
#include "support/loopback_server.h"
#include "support/turns.h"

using namespace vedette;
using namespace vedette::test;

namespace {

constexpr Duration kPatience = seconds(10);

void keep_busy(Duration time) {
  for (Time until = now() + time; now() < until;) continue;
}

/// Has three portions of work with each piece, like a body that unpacks.
class SlowBody final : public BodySink {
 public:
  explicit SlowBody(int enough = 1'000'000) : enough_(enough) {}
  bool take(std::string_view piece) override {
    text += piece;
    left_ += 3;
    return true;
  }
  bool waits() const override { return left_ > 0; }
  bool go_on() override {
    keep_busy(milliseconds(5));
    --left_;
    return ++portions < enough_;
  }
  std::string text;
  int portions = 0;

 private:
  int enough_;
  int left_ = 0;
};

struct Asking {
  HttpCall call;
  HttpReply reply;
};

Task<void> ask(Loop* loop, HttpClient* client, Asking* asking) {
  HttpSession session(*client);
  co_await session.exchange(asking->call, asking->reply);
  loop->stop();
}

/// A server, and through libcurl a proxy, that answers with one word and stays.
LoopbackServer::Script answers(const std::string& text) {
  return [=](LoopbackServer& server) {
    Peer peer = server.accept();
    peer.read_until("\r\n\r\n");
    peer.write(text);
    peer.client_left();
  };
}

void prepare(Asking& asking, const std::string& authority, bool proxy, BodySink* sink) {
  HttpSettings settings;
  if (proxy) settings.proxy = "http://" + authority;
  asking.call.profile = make_http_profile(std::move(settings));
  asking.call.url = "http://" + authority + "/";
  if (!proxy) asking.call.address = IpAddress::parse("127.0.0.1");
  asking.call.sink = sink;
}

const char* kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("A body that needs long after its last byte has its time, and others have theirs in between") {
  for (bool proxy : {false, true}) {
    INFO((proxy ? "through libcurl" : "directly"));
    LoopbackServer server(answers(kHello));
    Loop loop;
    HttpClient client(loop);
    Asking asking;
    SlowBody body;
    prepare(asking, server.authority(), proxy, &body);
    int turns = 0;
    loop.spawn(ask(&loop, &client, &asking), now() + kPatience);
    loop.spawn(count_turns(&loop, &turns));
    loop.run();
    CHECK_FALSE(asking.reply.failure);
    CHECK(body.text == "hello");
    CHECK(body.portions == 3);
    CHECK(turns >= 2);
  }
}

TEST_CASE("A body that is still being worked on at the deadline fails in time") {
  for (bool proxy : {false, true}) {
    INFO((proxy ? "through libcurl" : "directly"));
    LoopbackServer server(answers(kHello));
    Loop loop;
    HttpClient client(loop);
    Asking asking;
    class Endless final : public BodySink {
      bool taken = false;
      bool take(std::string_view) override { return taken = true; }
      bool waits() const override { return taken; }
      bool go_on() override {
        keep_busy(milliseconds(1));
        return true;
      }
    } endless;
    prepare(asking, server.authority(), proxy, &endless);
    loop.spawn(ask(&loop, &client, &asking), now() + milliseconds(200));
    loop.run();
    REQUIRE(asking.reply.failure);
    CHECK(asking.reply.failure->phase == Phase::response);
    CHECK(asking.reply.failure->reason == Reason::timeout);
    CHECK(asking.reply.status == 200);
  }
}

TEST_CASE("A body of which enough has been seen ends the exchange well, also while it is worked on") {
  for (bool proxy : {false, true}) {
    INFO((proxy ? "through libcurl" : "directly"));
    LoopbackServer server(answers(kHello));
    Loop loop;
    HttpClient client(loop);
    Asking asking;
    SlowBody body(2);
    prepare(asking, server.authority(), proxy, &body);
    loop.spawn(ask(&loop, &client, &asking), now() + kPatience);
    loop.run();
    CHECK_FALSE(asking.reply.failure);
    CHECK(asking.reply.stopped);
    CHECK(body.portions == 2);
  }
}

TEST_CASE("An answer that came in time counts, even if the loop could not look before the deadline") {
  Loop loop;
  HttpClient client(loop);
  std::promise<void> busy;
  LoopbackServer server([&](LoopbackServer& self) {
    Peer peer = self.accept();
    peer.read_until("\r\n\r\n");
    // As another exchange's callback would, far beyond this one's deadline.
    loop.post([&] {
      busy.set_value();
      keep_busy(milliseconds(600));
    });
    busy.get_future().wait_for(kPatience);
    peer.write(kHello);
    peer.client_left();
  });
  Asking asking;
  prepare(asking, server.authority(), false, nullptr);
  loop.spawn(ask(&loop, &client, &asking), now() + milliseconds(300));
  loop.run();
  CHECK_FALSE(asking.reply.failure);
  CHECK(asking.reply.status == 200);
}
