#include "probe/http_judge.h"

#include "probe/options.h"
#include "support/catch.h"

using namespace vedette;

namespace {

struct Answer {
  int status = 200;
  double version = 1.1;
  std::vector<std::string> headers = {};
  std::string body = "";
  bool https = false;
};

HttpVerdict judge(const std::string& yaml, const Answer& answer) {
  HttpOptions options = read_options(yaml).options;
  HttpReply reply;
  reply.status = answer.status;
  reply.version = answer.version;
  for (const std::string& line : answer.headers) reply.headers.add(line);
  HttpBody body(options.compression, options.body_size_limit, true);
  body.watch(&reply, false);
  body.take(answer.body);
  body.end();
  return judge_http(options, reply, body, answer.https);
}

std::string reason(const HttpVerdict& verdict) {
  return verdict.failure ? std::string(reason_name(verdict.failure->reason)) : "up";
}

}  // namespace

TEST_CASE("Without a list any 2xx is good; with one only what it lists") {
  for (int status : {200, 201, 299}) CHECK(reason(judge("{}", {.status = status})) == "up");
  for (int status : {199, 300, 404, 500}) CHECK(reason(judge("{}", {.status = status})) == "status");
  CHECK(reason(judge("{valid_status_codes: [404]}", {.status = 404})) == "up");
  CHECK(reason(judge("{valid_status_codes: [404]}", {.status = 200})) == "status");
}

TEST_CASE("A forbidden header pattern fails if any value matches, a wanted one if none does") {
  Answer cookies{.headers = {"Set-Cookie: a=1", "set-cookie: b=2"}};
  std::string forbidden = "{fail_if_header_matches: [{header: Set-Cookie, regexp: 'b='}]}";
  std::string wanted = "{fail_if_header_not_matches: [{header: Set-Cookie, regexp: 'b='}]}";
  CHECK(reason(judge(forbidden, cookies)) == "header_mismatch");
  CHECK(judge(forbidden, cookies).regex);
  CHECK(reason(judge(wanted, cookies)) == "up");
  CHECK(reason(judge(wanted, {.headers = {"Set-Cookie: c=3"}})) == "header_mismatch");
}

TEST_CASE("A missing header fails both kinds of rule unless it may be missing") {
  for (const char* kind : {"fail_if_header_matches", "fail_if_header_not_matches"}) {
    CAPTURE(kind);
    CHECK(reason(judge(std::string("{") + kind + ": [{header: X, regexp: a}]}", {})) == "header_mismatch");
    CHECK(reason(judge(std::string("{") + kind + ": [{header: X, regexp: a, allow_missing: true}]}", {})) == "up");
  }
}

TEST_CASE("Any forbidden body pattern fails, every wanted one must be there") {
  std::string forbidden = "{fail_if_body_matches_regexp: [error, broken]}";
  CHECK(reason(judge(forbidden, {.body = "all is broken"})) == "body_mismatch");
  CHECK(reason(judge(forbidden, {.body = "all is well"})) == "up");
  std::string wanted = "{fail_if_body_not_matches_regexp: [all, well]}";
  CHECK(reason(judge(wanted, {.body = "all is well"})) == "up");
  CHECK(reason(judge(wanted, {.body = "all is broken"})) == "body_mismatch");
  CHECK(judge(wanted, {.body = "all is broken"}).regex);
}

TEST_CASE("Checks come in blackbox_exporter's order: the first that fails gives the reason") {
  std::string all =
      "{valid_status_codes: [200], fail_if_header_matches: [{header: X, regexp: a}], fail_if_body_matches_regexp: [a],"
      " valid_http_versions: [HTTP/2.0], fail_if_ssl: true}";
  Answer answer{.status = 500, .headers = {"X: a"}, .body = "a", .https = true};
  CHECK(reason(judge(all, answer)) == "status");
  answer.status = 200;
  CHECK(reason(judge(all, answer)) == "header_mismatch");
  answer.headers = {"X: b"};
  CHECK(reason(judge(all, answer)) == "body_mismatch");
  answer.body = "b";
  CHECK(reason(judge(all, answer)) == "http_version");
  answer.version = 2;
  CHECK(reason(judge(all, answer)) == "ssl_used");
  answer.https = false;
  CHECK(reason(judge(all, answer)) == "up");
  CHECK(reason(judge("{fail_if_not_ssl: true}", answer)) == "ssl_missing");
}

TEST_CASE("A body over the limit counts up to the limit and fails") {
  HttpBody body(Compression::none, 128, true);
  CHECK(body.take(std::string(100, 'x')));
  CHECK_FALSE(body.take(std::string(29, 'x')));
  CHECK(body.over_limit());
  CHECK(body.length() == 128);
  HttpBody exact(Compression::none, 128, true);
  CHECK(exact.take(std::string(128, 'x')));
  CHECK_FALSE(exact.over_limit());
}

TEST_CASE("A body too large for patterns stops the exchange before it eats the agent") {
  HttpBody body(Compression::none, 0, true);
  std::string piece(1 << 20, 'x');
  int taken = 0;
  while (body.take(piece) && taken < 100) ++taken;
  CHECK(taken == 8);
  CHECK(body.too_large_to_keep());
}

TEST_CASE("A compressed body that ends early or is something else is broken") {
  HttpBody garbage(Compression::gzip, 0, true);
  garbage.take("this is no gzip");
  CHECK(garbage.broken());
  HttpBody cut(Compression::gzip, 0, true);
  cut.take(std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b", 11));
  CHECK_FALSE(cut.broken());
  cut.end();
  CHECK(cut.broken());
}
