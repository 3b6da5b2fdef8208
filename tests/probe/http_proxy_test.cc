#include "probe/http_proxy.h"

#include "support/catch.h"

using namespace vedette;

TEST_CASE("no_proxy excepts names with what lies below them, addresses, networks and loopback") {
  auto excepted = [](const char* list, const char* host, int port = 80, const char* address = nullptr) {
    return in_no_proxy(list, host, port, address ? IpAddress::parse(address) : std::nullopt);
  };
  CHECK(excepted("example.org", "example.org"));
  CHECK(excepted("example.org", "www.example.org"));
  CHECK_FALSE(excepted("example.org", "badexample.org"));
  CHECK(excepted(".example.org", "www.example.org"));
  CHECK_FALSE(excepted(".example.org", "example.org"));
  CHECK(excepted("*.example.org", "www.example.org"));
  CHECK(excepted("a, example.org:8080", "example.org", 8080));
  CHECK_FALSE(excepted("example.org:8080", "example.org", 80));
  CHECK(excepted("10.0.0.0/8", "shop", 80, "10.1.2.3"));
  CHECK_FALSE(excepted("10.0.0.0/8", "shop", 80, "11.1.2.3"));
  CHECK(excepted("2001:db8::/32", "2001:db8::5"));
  CHECK(excepted("192.0.2.7", "192.0.2.7"));
  CHECK(excepted("*", "anything"));
  CHECK(excepted("", "localhost"));
  CHECK(excepted("", "shop", 80, "127.1.2.3"));
  CHECK_FALSE(excepted("", "shop", 80, "192.0.2.1"));
}

TEST_CASE("A proxy that is written down serves loopback too; one of the environment does not") {
  HttpProxy written;
  written.url = "http://proxy:3128";
  Url url = *Url::parse("http://127.0.0.1/");
  CHECK(choose_proxy(written, {}, url, std::nullopt)->authority() == "proxy:3128");
  HttpProxy inherited;
  inherited.from_environment = true;
  ProxyEnvironment environment{"proxy:1", "http://secure:2", ""};
  CHECK_FALSE(choose_proxy(inherited, environment, url, std::nullopt));
  CHECK(choose_proxy(inherited, environment, *Url::parse("http://shop/"), std::nullopt)->authority() == "proxy:1");
  CHECK(choose_proxy(inherited, environment, *Url::parse("https://shop/"), std::nullopt)->authority() == "secure:2");
}
