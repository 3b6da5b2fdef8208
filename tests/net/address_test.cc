#include "net/address.h"

#include "net/hosts_file.h"
#include "net/resolver.h"
#include "support/catch.h"

using namespace vedette;

TEST_CASE("Addresses are read and shown in their usual form") {
  CHECK(IpAddress::parse("127.0.0.1")->text() == "127.0.0.1");
  CHECK(IpAddress::parse("::1")->bracketed() == "[::1]");
  CHECK(IpAddress::parse("2001:DB8::0:1")->text() == "2001:db8::1");
  for (const char* bad : {"", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "256.1.1.1", "::g", "fe80::1%nosuchdevice"}) {
    CAPTURE(bad);
    CHECK_FALSE(IpAddress::parse(bad));
  }
}

TEST_CASE("The hash of an address is FNV-1a over its bytes") {
  CHECK(IpAddress::parse("127.0.0.1")->hash() == 0xdaaf40edu);
}

TEST_CASE("A hosts file gives all addresses of a name, whatever its case") {
  HostsTable table = parse_hosts(
      "127.0.0.1 localhost Loopback # comment other\n::1\tlocalhost\n# 1.2.3.4 no\nbroken line\n10.0.0.1 \n");
  REQUIRE(table["localhost"].size() == 2);
  CHECK(table["localhost"][1].text() == "::1");
  CHECK(table["loopback"].size() == 1);
  CHECK(table.count("other") == 0);
  CHECK(table.count("line") == 0);
}

TEST_CASE("The preferred family wins, else the last address of the other, as blackbox_exporter chooses") {
  auto ip = [](const char* text) { return *IpAddress::parse(text); };
  std::vector<IpAddress> both{ip("10.0.0.1"), ip("10.0.0.2"), ip("::1"), ip("::2")};
  auto chosen = [&](std::vector<IpAddress> found, Family preferred, bool fallback) {
    Resolution resolution = choose_address("name", std::move(found), {preferred, fallback});
    auto* resolved = std::get_if<Resolved>(&resolution);
    return resolved ? resolved->chosen.text() : std::string("none");
  };
  CHECK(chosen(both, Family::ip4, true) == "10.0.0.1");
  CHECK(chosen(both, Family::ip6, true) == "::1");
  CHECK(chosen({ip("10.0.0.1"), ip("10.0.0.2")}, Family::ip6, true) == "10.0.0.2");
  CHECK(chosen({ip("10.0.0.1")}, Family::ip6, false) == "none");
  CHECK(chosen({}, Family::ip6, true) == "none");
}
