#include "net/fetch.h"

#include "support/catch.h"
#include "support/fake_server.h"

using namespace vedette;
using namespace vedette::test;

namespace {

Task<void> run(Net* net, FetchRequest request, Fetched* fetched) {
  *fetched = co_await fetch(*net, std::move(request));
  net->loop.stop();
}

Fetched get(const std::string& url, std::size_t most = 1 << 20, Duration timeout = seconds(10)) {
  Loop loop;
  Net net(loop);
  FetchRequest request;
  HttpSettings settings;
  settings.headers = {"Accept-Encoding: gzip"};
  request.profile = make_http_profile(std::move(settings));
  request.url = url;
  request.most = most;
  request.timeout = timeout;
  Fetched fetched;
  loop.spawn(run(&net, std::move(request), &fetched));
  loop.run();
  return fetched;
}

Fetched get(const std::function<std::string(const FakeServer::Request&)>& answer, std::size_t most = 1 << 20) {
  FakeServer server(answer);
  return get(server.url() + "/a", most);
}

// "hello" in one gzip member.
const std::string kHelloGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25);

}  // namespace

TEST_CASE("An answer is fetched whole, with its headers, whatever its status") {
  const Fetched good = get([](const auto&) { return FakeServer::status(200, "X-A: b\r\n", "text"); });
  CHECK(good.status == 200);
  CHECK(good.why.empty());
  CHECK(good.body == "text");
  CHECK(good.headers.find("x-a") == "b");
  const Fetched bad = get([](const auto&) { return FakeServer::status(503, "", "later"); });
  CHECK(bad.status == 503);
  CHECK(bad.body == "later");
  CHECK(bad.why.empty());
}

TEST_CASE("A packed body is unpacked, and one that breaks off or is no gzip is not whole") {
  auto packed = [](const std::string& body) {
    return get([&](const auto&) { return FakeServer::status(200, "Content-Encoding: gzip\r\n", body); });
  };
  CHECK(packed(kHelloGzip).body == "hello");
  CHECK(packed(kHelloGzip).why.empty());
  CHECK(packed(kHelloGzip.substr(0, 15)).why == "the packed body has no end");
  CHECK(packed("hello").why == "the body cannot be unpacked");
}

TEST_CASE("What is more than was asked for is cut, and says so") {
  const Fetched cut = get([](const auto&) { return FakeServer::status(200, "", std::string(1000, 'x')); }, 100);
  CHECK(cut.cut);
  CHECK(cut.body.size() == 100);
  CHECK(cut.why == "the answer is too large");
  const Fetched fits = get([](const auto&) { return FakeServer::status(200, "", std::string(100, 'x')); }, 100);
  CHECK_FALSE(fits.cut);
  CHECK(fits.why.empty());
}

TEST_CASE("Who does not answer, or answers half, is told in a sentence") {
  const Fetched half =
      get([](const auto&) { return std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"); }, 1 << 20);
  CHECK(half.status == 200);
  CHECK_FALSE(half.why.empty());
  DeafPort deaf;
  const Fetched refused = get("http://" + deaf.authority() + "/");
  CHECK(refused.status == 0);
  CHECK(refused.why.find("refused") != std::string::npos);
  CHECK(get("ftp://127.0.0.1/").status == 0);
  CHECK_FALSE(get("ftp://127.0.0.1/").why.empty());
  FakeServer silent([](const auto&) { return std::string(); });
  const Fetched late = get(silent.url() + "/", 1 << 20, milliseconds(100));
  CHECK(late.status == 0);
  CHECK_FALSE(late.why.empty());
}

TEST_CASE("Retry-After is seconds or a date, and never negative") {
  constexpr WallTime kNow = WallTime(seconds(1'800'000'000));  // Fri, 15 Jan 2027 08:00:00 GMT
  auto wait = [](const std::string& line) {
    HttpHeaders headers;
    headers.add(line);
    return asked_to_wait(headers, kNow);
  };
  CHECK(wait("Retry-After: 30") == seconds(30));
  CHECK(wait("retry-after: Fri, 15 Jan 2027 08:01:00 GMT") == seconds(60));
  CHECK(wait("Retry-After: Fri, 15 Jan 2027 07:00:00 GMT") == Duration{});
  CHECK(wait("Retry-After: -5") == Duration{});
  CHECK(wait("Retry-After: soon") == Duration{});
  CHECK(wait("Other: 1") == Duration{});
}
