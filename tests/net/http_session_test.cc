#include "net/http.h"
#include "support/catch.h"

using namespace vedette;

namespace {

Task<void> ask(Loop* loop, HttpClient* client, const HttpCall* call, HttpReply* reply) {
  HttpSession session(*client);
  co_await session.exchange(*call, *reply);
  loop->stop();
}

}  // namespace

TEST_CASE("A Host header that would begin a line or a request of its own is refused before anything is sent") {
  for (const char* host : {"x\r\nX-Mine: 1", "x y", "x\ty", "x\n", "sh\xc3\xb6p.test"}) {
    INFO(host);
    Loop loop;
    HttpClient client(loop);
    HttpCall call;
    call.profile = make_http_profile({});
    call.url = "http://127.0.0.1:9/";
    call.address = IpAddress::parse("127.0.0.1");
    call.host = host;
    HttpReply reply;
    loop.spawn(ask(&loop, &client, &call, &reply));
    loop.run();
    REQUIRE(reply.failure);
    CHECK(reply.failure->phase == Phase::agent);
    CHECK(reply.failure->reason == Reason::bad_target);
    CHECK(reply.times.socket == Time{});
  }
}
