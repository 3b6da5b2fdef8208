#include "probe/http_options.h"

#include "probe/options.h"
#include "support/catch.h"

using namespace vedette;

TEST_CASE("An http block without anything has blackbox_exporter's defaults") {
  auto read = read_options("{}");
  CHECK(read.problems() == "");
  CHECK(read.options.method == "GET");
  CHECK(read.options.follow_redirects);
  CHECK(read.options.http2);
  CHECK(read.options.family.preferred == Family::ip6);
  CHECK(read.options.family.fallback);
  CHECK(read.options.status_codes.empty());
  CHECK(read.options.body_size_limit == 0);
}

TEST_CASE("Any family but ip6 means ip4, and no_follow_redirects wins over its successor") {
  auto read = read_options("{preferred_ip_protocol: ipv4, follow_redirects: true, no_follow_redirects: true}");
  CHECK(read.options.family.preferred == Family::ip4);
  CHECK_FALSE(read.options.follow_redirects);
}

TEST_CASE("Headers are named as Go names them, sorted, and Host goes apart") {
  auto read = read_options("{headers: {x-b: '2', X-A: '1', HOST: shop.example.org}}");
  CHECK(read.problems() == "");
  CHECK(read.options.host == "shop.example.org");
  REQUIRE(read.options.headers.size() == 2);
  CHECK(read.options.headers[0].first == "X-A");
  CHECK(read.options.headers[1].first == "X-B");
}

TEST_CASE("What contradicts itself is refused in blackbox_exporter's words") {
  struct Case {
    const char* yaml;
    const char* rule;
  };
  const Case cases[] = {
      {"{body: x, body_file: y}", "setting body and body_file both are not allowed"},
      {"{compression: gzip, headers: {accEpt-enCoding: deflate}}",
       "invalid configuration \"accEpt-enCoding: deflate\", \"compression: gzip\""},
      {"{compression: gzip, headers: {Accept-Encoding: 'gzip;q=0.0'}}",
       "invalid configuration \"Accept-Encoding: gzip;q=0.0\""},
      {"{compression: zip}", "unsupported compression \"zip\""},
      {"{fail_if_body_matches_regexp: [':[']}", "\"Could not compile regular expression\" regexp=\":[\""},
      {"{fail_if_header_matches: [{header: A}]}", "regexp must be set for HTTP header matchers"},
      {"{fail_if_header_matches: [{regexp: a}]}", "header name must be set for HTTP header matchers"},
      {"{enable_http3: true, enable_http2: false, valid_http_versions: [HTTP/2.0]}",
       "HTTP/3 and HTTP/2.0/1.1 cannot be used together - only HTTP/3.0 is allowed when enable_http3 is true"},
      {"{enable_http3: true}", "when enable_http3 is true, enable_http2 must be set to false"},
      {"{enable_http3: true, enable_http2: false}", "cannot probe over HTTP/3"},
      {"{fail_if_body_json_matches_cel: 'true'}", "cannot evaluate CEL"},
      {"{oauth2: {client_id: a}}", "cannot fetch OAuth2 tokens"},
      {"{bearer_token: a, bearer_token_file: b}", "at most one of bearer_token & bearer_token_file must be configured"},
      {"{bearer_token: a, basic_auth: {username: b}}",
       "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured"},
      {"{authorization: {type: Basic}}", "authorization type cannot be set to \"basic\""},
      {"{authorization: {credentials_ref: x}}", "there is no secret manager to ask"},
      {"{no_proxy: a}", "if no_proxy is configured, proxy_url must also be configured"},
      {"{proxy_url: 'http://p:1', proxy_from_environment: true}",
       "if proxy_from_environment is configured, proxy_url must not be configured"},
      {"{tls_config: {min_version: TLS14}}", "unknown TLS version: TLS14"},
      {"{tls_config: {min_version: TLS13, max_version: TLS12}}", "max_version must be greater than or equal to"},
      {"{tls_config: {cert_file: a}}",
       "exactly one of key or key_file must be configured when a client certificate is configured"},
      {"{http_headers: {User-Agent: {values: [x]}}}", "setting header \"User-Agent\" is not allowed"},
      {"{headers: {'a b': x}}", "not a header name"},
      {"{method: 'GET /'}", "not an HTTP method"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.yaml);
    CAPTURE(read_options(one.yaml).problems());
    CHECK(read_options(one.yaml).problems().find(one.rule) != std::string::npos);
  }
}

TEST_CASE("Accept-Encoding and compression that agree are accepted") {
  for (const char* accept : {"gzip", "br, gzip", "*", "identity;q=0.1, GZIP;q=0.9"}) {
    CAPTURE(accept);
    CHECK(read_options("{compression: gzip, headers: {Accept-Encoding: '" + std::string(accept) + "'}}").problems() ==
          "");
  }
}
