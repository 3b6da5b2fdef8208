// Searching a large body takes long: it happens elsewhere, and the deadline counts for it, too.

#include "probe/http_run.h"
#include "probe/options.h"
#include "support/catch.h"
#include "support/loopback_server.h"
#include "support/turns.h"

using namespace vedette;
using namespace vedette::test;

namespace {

/// Text in which kSlowPattern is looked for in vain, and long.
std::string slow_text() {
  std::string text;
  unsigned random = 1;
  for (int i = 0; i < 400'000; ++i) {
    random = random * 1664525 + 1013904223;
    text += (random >> 16) & 1 ? 'x' : 'y';
  }
  return text;
}

constexpr const char* kSlowPattern = "x[xy]{100}z";

struct Searching {
  Searching(const std::string& yaml, const std::string& authority) {
    Target target;
    target.address = "http://" + authority + "/";
    prober = *std::make_shared<const HttpRecipe>(read_options(yaml).options)->prober(target);
  }
  std::unique_ptr<Prober> prober;
  ProbeResult result;
  int turns = 0;
};

Task<void> probe(Loop* loop, Net* net, Searching* searching) {
  searching->result = co_await searching->prober->run(*net, nullptr);
  loop->stop();
}

void run(Searching& searching, Duration patience) {
  Loop loop;
  Net net(loop);
  loop.spawn(probe(&loop, &net, &searching), now() + patience);
  loop.spawn(count_turns(&loop, &searching.turns));
  loop.run();
}

LoopbackServer::Script sends(const std::string& text) {
  return [=](LoopbackServer& server) {
    Peer peer = server.accept();
    peer.read_until("\r\n\r\n");
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    peer.client_left();
  };
}

}  // namespace

TEST_CASE("A large body is searched with the same verdict, and others have their turns meanwhile") {
  for (bool there : {false, true}) {
    LoopbackServer server(sends(slow_text() + (there ? "needle" : "")));
    Searching searching("{fail_if_body_matches_regexp: ['" + std::string(kSlowPattern) +
                            "'], fail_if_body_not_matches_regexp: [needle]}",
                        server.authority());
    run(searching, seconds(60));
    CHECK(searching.result.up() == there);
    if (!there) CHECK(searching.result.failure->reason == Reason::body_mismatch);
    CHECK(searching.turns >= 20);
  }
}

TEST_CASE("A search that lasts beyond the deadline is left to itself, and the loop ends after it") {
  LoopbackServer server(sends(slow_text()));
  Searching searching("{fail_if_body_matches_regexp: ['" + std::string(kSlowPattern) + "']}", server.authority());
  run(searching, milliseconds(150));
  REQUIRE(searching.result.failure);
  CHECK(searching.result.failure->phase == Phase::check);
  CHECK(searching.result.failure->reason == Reason::timeout);
}
