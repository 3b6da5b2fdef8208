#include "net/http1.h"

#include <algorithm>
#include <string>
#include <vector>

#include "net/http_profile.h"
#include "support/catch.h"

using namespace vedette;

namespace {

struct Asked {
  const char* name;
  std::string bytes;  // expected
  std::string url = "http://example.test/";
  std::string method = "GET";
  std::vector<std::string> headers{};      // the profile's
  std::vector<std::string> own_headers{};  // the call's
  std::string host{};
  const std::string* body = nullptr;
  bool chunked = false;
};

/// Takes the request in pieces of this size at most.
std::string request(const Asked& asked, std::size_t piece_size) {
  HttpSettings settings;
  settings.method = asked.method;
  settings.headers = asked.headers;
  HttpCall call;
  call.profile = make_http_profile(settings);
  call.url = asked.url;
  call.host = asked.host;
  call.headers = asked.own_headers;
  call.body = asked.body;
  call.chunked = asked.chunked;
  HttpReply reply;
  Http1Wire wire(call, reply);
  std::string bytes;
  for (std::string_view rest = wire.unsent(); !rest.empty(); rest = wire.unsent()) {
    CHECK_FALSE(wire.asked());
    bytes.append(rest.substr(0, piece_size));
    wire.sent(std::min(piece_size, rest.size()));
  }
  CHECK(wire.asked());
  return bytes;
}

/// A request without a body: its first line, its headers but Connection, and the end.
std::string bare(const std::string& lines) { return lines + "\r\nConnection: close\r\n\r\n"; }

std::string get(const std::string& path, const std::string& host) {
  return bare("GET " + path + " HTTP/1.1\r\nHost: " + host);
}

const std::string kNothing;
const std::string kHello = "hello";
const std::string kLarge(100'000, 'x');  // 186a0
const std::string kPost = "POST / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n";

const Asked kTargets[] = {
    {"a path is asked for as it stands", get("/a/b%20c?d=e&f", "example.test"), "http://example.test/a/b%20c?d=e&f"},
    {"a host alone is asked for its root", get("/", "example.test"), "http://example.test"},
    {"a query alone is asked of the root", get("/?a=b/c", "example.test"), "http://example.test?a=b/c"},
    {"the default port goes without saying", get("/", "example.test"), "http://example.test:80/"},
    {"another port is told", get("/", "example.test:8080"), "http://example.test:8080/"},
    {"a port that ends in 80 is told", get("/", "example.test:180"), "http://example.test:180/"},
    {"the default port of https is told", get("/", "example.test:443"), "http://example.test:443/"},
    {"an IPv4 address is its own name", get("/x", "127.0.0.1:81"), "http://127.0.0.1:81/x"},
    {"an IPv6 address keeps its brackets", get("/", "[2001:db8::1]"), "http://[2001:db8::1]/"},
    {"an IPv6 address that ends in 80 has no port", get("/", "[2001:db8::80]"), "http://[2001:db8::80]/"},
    {"an IPv6 address and the default port", get("/", "[2001:db8::80]"), "http://[2001:db8::80]:80/"},
    {"an IPv6 address and another port", get("/", "[2001:db8::1]:8080"), "http://[2001:db8::1]:8080/"},
    {"a zone is nobody else's business", get("/", "[fe80::1]"), "http://[fe80::1%25eth0]/"},
    {"a zone before a port is left out too", get("/", "[fe80::1]:8080"), "http://[fe80::1%eth0]:8080/"},
    {"a path may look like a host with a zone", get("/[a%25b]:80", "example.test"), "http://example.test/[a%25b]:80"},
};

const Asked kHeaders[] = {
    {.name = "a method is told as it is",
     .bytes = bare("OPTIONS / HTTP/1.1\r\nHost: example.test"),
     .method = "OPTIONS"},
    {.name = "HEAD has no length", .bytes = bare("HEAD / HTTP/1.1\r\nHost: example.test"), .method = "HEAD"},
    {.name = "the User-Agent comes first, then the call's headers, then the module's",
     .bytes = bare("GET / HTTP/1.1\r\nHost: example.test\r\nUser-Agent: me/1\r\nCookie: c\r\nA: 1\r\nB: 2\r\nA: 3"),
     .headers = {"A: 1", "User-Agent: me/1", "B: 2", "A: 3"},
     .own_headers = {"Cookie: c"}},
    {.name = "a header without a value has a colon",
     .bytes = bare("GET / HTTP/1.1\r\nHost: example.test\r\nEmpty:\r\nA: b;"),
     .headers = {"Empty;", "A: b;"}},
    {.name = "the Host may be another",
     .bytes = bare("GET / HTTP/1.1\r\nHost: other.test:81"),
     .host = "other.test:81"},
};

const Asked kBodies[] = {
    {.name = "POST without a body says so", .bytes = kPost + "Content-Length: 0\r\n\r\n", .method = "POST"},
    {.name = "PUT without a body says so",
     .bytes = "PUT / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
     .method = "PUT"},
    {.name = "PATCH without a body says so",
     .bytes = "PATCH / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
     .method = "PATCH"},
    {.name = "DELETE without a body says nothing",
     .bytes = bare("DELETE / HTTP/1.1\r\nHost: example.test"),
     .method = "DELETE"},
    {.name = "an empty body has no length but zero",
     .bytes = kPost + "Content-Length: 0\r\n\r\n",
     .method = "POST",
     .body = &kNothing},
    {.name = "a body says its length",
     .bytes = kPost + "Content-Length: 5\r\n\r\nhello",
     .method = "POST",
     .body = &kHello},
    {.name = "GET may have a body",
     .bytes = "GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
     .body = &kHello},
    {.name = "a large body says its length",
     .bytes = kPost + "Content-Length: 100000\r\n\r\n" + kLarge,
     .method = "POST",
     .body = &kLarge},
    {.name = "a body in chunks is one of them",
     .bytes = kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     .method = "POST",
     .body = &kHello,
     .chunked = true},
    {.name = "an empty body in chunks is none of them",
     .bytes = kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     .method = "POST",
     .body = &kNothing,
     .chunked = true},
    {.name = "a large body in chunks is one of them",
     .bytes = kPost + "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + kLarge + "\r\n0\r\n\r\n",
     .method = "POST",
     .body = &kLarge,
     .chunked = true},
    {.name = "no body has no chunks", .bytes = kPost + "Content-Length: 0\r\n\r\n", .method = "POST", .chunked = true},
};

template <class Rows>
void check_requests(const Rows& rows) {
  for (const Asked& row : rows) {
    INFO(row.name);
    CHECK(request(row, std::string::npos) == row.bytes);
    CHECK(request(row, 7) == row.bytes);
  }
}

}  // namespace

TEST_CASE("An HTTP/1 request names its path and its host") { check_requests(kTargets); }

TEST_CASE("An HTTP/1 request has the headers of its module and its call") { check_requests(kHeaders); }

TEST_CASE("An HTTP/1 request says how long its body is") { check_requests(kBodies); }

TEST_CASE("An HTTP/1 request knows where to connect") {
  CHECK(port_of("http://a.test") == 80);
  CHECK(port_of("https://a.test/x:1") == 443);
  CHECK(port_of("http://a.test:8080?b:9") == 8080);
  CHECK(port_of("http://[::1]") == 80);
  CHECK(port_of("http://[::1]:8080/") == 8080);
  CHECK(host_of("http://a.test:8080/x") == "a.test");
  CHECK(host_of("http://[::1]:8080/x") == "::1");
  CHECK(host_of("http://[fe80::1%eth0]") == "fe80::1%eth0");
  CHECK(host_header("https://a.test:443/") == "a.test");
  CHECK(host_header("https://a.test:80/") == "a.test:80");
}
