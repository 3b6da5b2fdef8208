#include "probe/cookies.h"

#include "support/catch.h"

using namespace vedette;

namespace {

// What a request to `to` brings after an answer from `from` with these Set-Cookie headers.
std::string brought(const char* from, std::initializer_list<const char*> headers, const char* to) {
  CookieJar jar;
  for (const char* header : headers) jar.take(*Url::parse(from), header);
  std::string text;
  jar.append_header(text, *Url::parse(to));
  return text;
}

}  // namespace

TEST_CASE("A cookie comes back to its own host and to nobody else") {
  CHECK(brought("http://shop.example.org/", {"a=1"}, "http://shop.example.org/x") == "a=1");
  CHECK(brought("http://shop.example.org/", {"a=1"}, "http://example.org/") == "");
  CHECK(brought("http://shop.example.org/", {"a=1"}, "http://x.shop.example.org/") == "");
  CHECK(brought("http://127.0.0.1:1/", {"a=1"}, "http://127.0.0.1:2/") == "a=1");
  CHECK(brought("http://127.0.0.1/", {"a=1"}, "http://127.0.0.2/") == "");
}

TEST_CASE("A domain may be widened to one's own, never to a stranger's or a whole top level") {
  const char* from = "http://shop.example.org/";
  CHECK(brought(from, {"a=1; Domain=.Example.org"}, "http://other.example.org/") == "a=1");
  CHECK(brought(from, {"a=1; Domain=other.org"}, "http://other.org/") == "");
  CHECK(brought(from, {"a=1; Domain=org"}, "http://other.org/") == "");
  CHECK(brought(from, {"a=1; Domain=ample.org"}, "http://ample.org/") == "");
  CHECK(brought("http://10.0.0.1/", {"a=1; Domain=0.0.1"}, "http://10.0.0.1/") == "");
}

TEST_CASE("Paths and the need for TLS are kept, the most specific path comes first") {
  CHECK(brought("http://s/a/b", {"x=1"}, "http://s/a/c") == "x=1");
  CHECK(brought("http://s/a/b", {"x=1"}, "http://s/ab") == "");
  CHECK(brought("http://s/", {"x=1; Path=/a", "y=2; Path=/a/b"}, "http://s/a/b/c?q") == "y=2; x=1");
  CHECK(brought("https://s/", {"x=1; Secure"}, "http://s/") == "");
  CHECK(brought("https://s/", {"x=1; secure; HttpOnly"}, "https://s/") == "x=1");
}

TEST_CASE("A cookie replaces its namesake, and one whose time is over takes it away") {
  CHECK(brought("http://s/", {"a=1", "a=2"}, "http://s/") == "a=2");
  CHECK(brought("http://s/", {"a=1", "a=; Max-Age=0"}, "http://s/") == "");
  CHECK(brought("http://s/", {"a=1", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "http://s/") == "");
  CHECK(brought("http://s/", {"a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "http://s/") == "a=1");
}

TEST_CASE("What is no cookie is ignored, and there is an end to them") {
  CHECK(brought("http://s/", {"", ";", "novalue", "=x", " ; a=1"}, "http://s/") == "");
  CookieJar jar;
  for (int i = 0; i < 1000; ++i) jar.take(*Url::parse("http://s/"), "c" + std::to_string(i) + "=1");
  std::string text;
  jar.append_header(text, *Url::parse("http://s/"));
  CHECK(text.size() < 1000);
}
