#include "net/url.h"

#include "support/catch.h"

using namespace vedette;

TEST_CASE("A URL is taken apart and put together again") {
  Url url = *Url::parse("HTTP://user:p%40ss@Shop.Example.org:8080/a?b=c#d");
  CHECK(url.scheme == "http");
  CHECK(url.host == "shop.example.org");
  CHECK(url.port == 8080);
  CHECK(url.user == "user");
  CHECK(url.password == "p@ss");
  CHECK(url.path == "/a?b=c");
  CHECK(url.text() == "http://shop.example.org:8080/a?b=c");
  CHECK(Url::parse("https://[::1]:8443")->authority() == "[::1]:8443");
  CHECK(Url::parse("https://shop")->port == 443);
  CHECK(Url::parse("https://shop")->path == "/");
}

TEST_CASE("What cannot be probed is refused with a reason") {
  for (const char* bad :
       {"ftp://shop/", "http://", "http://shop:99999/", "javascript:alert(1)", "http://[::1", "file:///etc/passwd"}) {
    CAPTURE(bad);
    CHECK_FALSE(Url::parse(bad));
  }
}

TEST_CASE("A Location leads on: relative, absolute, without scheme") {
  Url url = *Url::parse("http://shop:8080/a/b?c");
  CHECK(url.follow("/x")->text() == "http://shop:8080/x");
  CHECK(url.follow("x")->text() == "http://shop:8080/a/x");
  CHECK(url.follow("//other/y")->text() == "http://other/y");
  CHECK(url.follow("https://other/z?q=1")->text() == "https://other/z?q=1");
  CHECK(url.follow("?d")->text() == "http://shop:8080/a/b?d");
  CHECK_FALSE(url.follow("mailto:me@example.org"));
}

TEST_CASE("A redirect to what no URL of good will looks like is refused in few words") {
  Url url = *Url::parse("http://shop/");
  const std::string label(60, 'a');
  std::string name = label + "." + label + "." + label + "." + label + ".test.test";  // 253 bytes
  CHECK(url.follow("http://" + name + "/"));
  CHECK(url.follow("http://" + name + "./"));
  for (const std::string& location : {"http://a" + name + "/", "/" + std::string(65 << 10, 'x'),
                                      std::string("gopher://x/"), "http://" + std::string(30'000, 'a') + "/"}) {
    auto next = url.follow(location);
    REQUIRE_FALSE(next);
    CHECK(next.error().message.size() < 300);
  }
}

TEST_CASE("What is shown of a stranger's address has no credentials and no secret parameters") {
  CHECK(shown_address("https://u:p@shop/a?token=t&b=1") == "https://shop/a?token=xxxxx&b=1");
  CHECK(shown_address("//u:p@shop/a") == "//shop/a");
  CHECK(shown_address("/a?sig=s") == "/a?sig=xxxxx");
}

TEST_CASE("What is shown of an address has no credentials") {
  CHECK(without_credentials("http://user:p@ss@shop:1/a@b") == "http://shop:1/a@b");
  CHECK(without_credentials("user@shop") == "shop");
  CHECK(without_credentials("https://shop/x?mail=a@b") == "https://shop/x?mail=a@b");
  CHECK(without_credentials("shop:80") == "shop:80");
}
