#include "net/http1_answer.h"

#include <random>
#include <string>

#include "support/catch.h"
#include "support/http1_answers.h"

using namespace vedette;
using namespace vedette::test;
using namespace std::string_literals;

namespace {

/// What the answer to "HTTP/1.1 200 OK" with these headers comes to.
Outcome body(std::string headers, std::string text) { return {.headers = std::move(headers), .body = std::move(text)}; }

Outcome broken(Reason reason, int status = 200, std::string headers = "", std::string text = "") {
  double version = status == 0 ? 0 : 1.1;
  return {State::failed, status, version, std::move(headers), std::move(text), reason, false};
}

Outcome malformed(int status = 200, std::string headers = "", std::string text = "") {
  return broken(Reason::malformed, status, std::move(headers), std::move(text));
}

std::string_view state_name(State state) {
  return state == State::more ? "more" : state == State::done ? "done" : "failed";
}

void check_same(const char* how, const Outcome& seen, const Outcome& expected) {
  INFO("fed " << how);
  CHECK(state_name(seen.state) == state_name(expected.state));
  CHECK(seen.status == expected.status);
  CHECK(seen.version == expected.version);
  CHECK(seen.headers.substr(0, 400) == expected.headers.substr(0, 400));
  CHECK(seen.body.substr(0, 400) == expected.body.substr(0, 400));
  CHECK((seen.reason ? reason_name(*seen.reason) : "none") ==
        (expected.reason ? reason_name(*expected.reason) : "none"));
  CHECK(seen.stopped == expected.stopped);
  CHECK(seen == expected);
}

template <class Rows>
void check_rows(const Rows& rows) {
  for (const Row& row : rows) {
    INFO(row.name);
    check_same("whole", read_whole(row), row.expected);
    check_same("byte by byte", read_by_bytes(row), row.expected);
    std::mt19937 dice(20);
    for (int round = 0; round < 5; ++round) check_same("in random cuts", read_in_cuts(row, dice), row.expected);
  }
}

const std::string kLength5 = "Content-Length: 5";
const std::string kChunked = "Transfer-Encoding: chunked";
const std::string kSawLength5 = "Content-Length=5";
const std::string kSawChunked = "Transfer-Encoding=chunked";

const Row kBodies[] = {
    {"a body has the length that was announced", ok(kLength5, "hello"), body(kSawLength5, "hello")},
    {"a body of no bytes ends with the headers", ok("Content-Length: 0"), body("Content-Length=0", "")},
    {"what follows an announced body is nobody's", ok(kLength5, "hello HTTP/1.1 500"), body(kSawLength5, "hello")},
    {"a length of zeros and a five is five", ok("Content-Length: 0005", "hello"), body("Content-Length=0005", "hello")},
    {"a length may have white space around it", ok("Content-Length:\t5 ", "hello"), body(kSawLength5, "hello")},
    {"names of headers have no case", ok("cOnTeNt-LeNgTh: 5", "hello!"), body("cOnTeNt-LeNgTh=5", "hello")},
    {"two equal lengths are one", ok(kLength5 + "\r\n" + kLength5, "hello"),
     body(kSawLength5 + "|" + kSawLength5, "hello")},
    {"chunks make one body", ok(kChunked, "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), body(kSawChunked, "hello")},
    {"no chunk but the last is an empty body", ok(kChunked, "0\r\n\r\n"), body(kSawChunked, "")},
    {"sizes of chunks are hexadecimal in any case", ok(kChunked, "a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n"),
     body(kSawChunked, "01234567890123456789a")},
    {"a chunk may have extensions and spaces", ok(kChunked, "5 ;a=b;c=\"d\"\r\nhello\r\n0;last\r\n\r\n"),
     body(kSawChunked, "hello")},
    {"a chunk's bytes may look like its end", ok(kChunked, "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
     body(kSawChunked, "\r\n0\r\n\r\n")},
    {"trailers are read and forgotten", ok(kChunked, "5\r\nhello\r\n0\r\nX-Sum: 1\r\nno colon\r\n\r\n"),
     body(kSawChunked, "hello")},
    {"what follows the last chunk is nobody's", ok(kChunked, "0\r\n\r\nHTTP/1.1 500 No\r\n\r\n"),
     body(kSawChunked, "")},
    {"chunks outrank a length", ok(kLength5 + "\r\n" + kChunked, "2\r\nhi\r\n0\r\n\r\n"),
     body(kSawLength5 + "|" + kSawChunked, "hi")},
    {"chunks outrank a length that comes later", ok(kChunked + "\r\n" + kLength5, "2\r\nhi\r\n0\r\n\r\n"),
     body(kSawChunked + "|" + kSawLength5, "hi")},
    {"chunked has no case and may be said twice", ok("Transfer-Encoding: CHUNKED\r\n" + kChunked, "0\r\n\r\n"),
     body("Transfer-Encoding=CHUNKED|" + kSawChunked, "")},
    {"the coding identity is none", ok("Transfer-Encoding: identity\r\n" + kLength5, "hello"),
     body("Transfer-Encoding=identity|" + kSawLength5, "hello")},
    {"without a length the body lasts until the end", ok("", "hello"), body("", "hello"), true},
    {"until the end may be nothing", ok(""), body("", ""), true},
    {"until the end the answer goes on", ok("", "hello"), {.state = State::more, .body = "hello"}},
    {"bare newlines end lines", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", body(kSawLength5, "hello")},
    {"bare newlines end lines of chunks", ok(kChunked, "5\nhello\n0\nX: y\n\n"), body(kSawChunked, "hello")},
    {"a body may hold any byte", ok(kLength5, "\0\r\n\x7f\xff"s), body(kSawLength5, "\0\r\n\x7f\xff"s)},
};

const Row kNoBodies[] = {
    {"the answer to HEAD has no body", ok(kLength5, "hello"), body(kSawLength5, ""), false, true},
    {"the answer to HEAD has no chunks", ok(kChunked), body(kSawChunked, ""), false, true},
    {"the answer to HEAD without a length does not wait", ok(""), body("", ""), false, true},
    {"204 has no body",
     "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
     {.status = 204, .headers = kSawLength5}},
    {"304 has no body",
     "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
     {.status = 304, .headers = kSawChunked}},
    {"205 has the body it announces",
     "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello",
     {.status = 205, .headers = kSawLength5, .body = "hello"}},
    {"101 ends HTTP",
     "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\x81\x02hi",
     {.status = 101, .headers = "Upgrade=x"}},
    {"1xx comes before the answer and leaves nothing behind",
     "HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + ok(kLength5, "hello"),
     body(kSawLength5, "hello")},
    {"chunks announced by a 1xx do not count",
     "HTTP/1.1 102 Wait\r\nTransfer-Encoding: chunked\r\n\r\n" + ok(kLength5, "hello"), body(kSawLength5, "hello")},
    {"1xx alone is no answer",
     "HTTP/1.1 100 Continue\r\n\r\n",
     {State::failed, 100, 1.1, "", "", Reason::truncated, false},
     true},
    {"after a 1xx the answer must be HTTP", "HTTP/1.1 100 Continue\r\n\r\nhello", malformed(100)},
};

const Row kStatusLines[] = {
    {"HTTP/1.0 lasts until the end", "HTTP/1.0 200 OK\r\n\r\nhello", {.version = 1.0, .body = "hello"}, true},
    {"HTTP/1.0 may announce a length",
     "HTTP/1.0 404 No\r\nContent-Length: 5\r\n\r\nhello!",
     {.status = 404, .version = 1.0, .headers = kSawLength5, .body = "hello"}},
    {"a status needs no words", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", body("Content-Length=0", "")},
    {"a status needs no words after its space", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
     body("Content-Length=0", "")},
    {"several spaces before the status are one", "HTTP/1.1   200 OK\r\nContent-Length: 0\r\n\r\n",
     body("Content-Length=0", "")},
    {"a status may be any three digits", "HTTP/1.1 999 ?\r\n\r\n", {.status = 999}, true},
    {"a status may be less than a hundred", "HTTP/1.1 099 ?\r\n\r\n", {.status = 99}, true},
    {"what begins like no HTTP is not read on", "S", malformed(0)},
    {"another protocol is no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", malformed(0)},
    {"HTTP in small letters is none", "http/1.1 200 OK\r\n\r\n", malformed(0)},
    {"an empty line before the status is no HTTP", "\r\nHTTP/1.1 200 OK\r\n\r\n", malformed(0)},
    {"HTTP without a version is none", "HTTP 200 OK\r\n\r\n", malformed(0)},
    {"HTTP that ends after its name is none", "HTTP\r\n\r\n", malformed(0)},
    {"a version may not be empty", "HTTP/\r\n\r\n", malformed(0)},
    {"a version may not be half", "HTTP/1\r\n\r\n", malformed(0)},
    {"a version may not be 0.9", "HTTP/0.9 200 OK\r\n\r\n", malformed(0)},
    {"a version may not be 1.2", "HTTP/1.2 200 OK\r\n\r\n", malformed(0)},
    {"a version may not be 2", "HTTP/2 200 OK\r\n\r\n", malformed(0)},
    {"a status may not be missing", "HTTP/1.1\r\n\r\n", malformed(0)},
    {"a status may not be only a space", "HTTP/1.1 \r\n\r\n", malformed(0)},
    {"a status may not cling to its version", "HTTP/1.1200 OK\r\n\r\n", malformed(0)},
    {"a status may not stand behind a tab", "HTTP/1.1\t200 OK\r\n\r\n", malformed(0)},
    {"a status may not have two digits", "HTTP/1.1 20 OK\r\n\r\n", malformed(0)},
    {"a status may not have four digits", "HTTP/1.1 2000 OK\r\n\r\n", malformed(0)},
    {"a status may not be a word", "HTTP/1.1 abc OK\r\n\r\n", malformed(0)},
    {"a status may not be negative", "HTTP/1.1 -20 OK\r\n\r\n", malformed(0)},
    {"a status may not be hexadecimal", "HTTP/1.1 2a0 OK\r\n\r\n", malformed(0)},
};

const Row kHeaders[] = {
    {"headers keep their order, their case and their repetitions", ok("B: 1\r\na:2\r\nB:\t 3 \r\nContent-Length: 0"),
     body("B=1|a=2|B=3|Content-Length=0", "")},
    {"a header may be empty", ok("Empty:\r\nContent-Length: 0"), body("Empty=|Content-Length=0", "")},
    {"a value may hold colons and bytes beyond ASCII", ok("X: a:b \xc3\xa9\xff\r\nContent-Length: 0"),
     body("X=a:b \xc3\xa9\xff|Content-Length=0", "")},
    {"a value may hold a tab", ok("X: a\tb\r\nContent-Length: 0"), body("X=a\tb|Content-Length=0", "")},
    {"a folded line belongs to the one before", ok("X: a\r\n  b\r\n\tc: d\r\nContent-Length: 0"),
     body("X=a b c: d|Content-Length=0", "")},
    {"the first header may not be folded", ok(" X: a"), malformed()},
    {"the first header after a 1xx may not be folded",
     "HTTP/1.1 100 Continue\r\nX: a\r\n\r\nHTTP/1.1 200 OK\r\n b\r\n\r\n", malformed()},
    {"a header needs a colon", ok("A: 1\r\nhello"), malformed(200, "A=1")},
    {"a header needs a name", ok(": hello"), malformed()},
    {"a header may not hold NUL", ok("X: a\0b"s), malformed()},
    {"a header's name may not hold NUL", ok("X\0: a"s), malformed()},
    {"a header may not hold a control character", ok("X: a\x01"), malformed()},
    {"a header may not hold DEL", ok("X: a\x7f"), malformed()},
    {"a header may not hold a carriage return", ok("X: a\rb"), malformed()},
    {"a folded line may not hold a control character", ok("X: a\r\n b\x1b"), malformed(200, "X=a")},
    {"two lengths may not differ", ok(kLength5 + "\r\nContent-Length: 6", "hello!"),
     malformed(200, kSawLength5 + "|Content-Length=6")},
    {"two lengths may not differ before chunks either", ok(kChunked + "\r\n" + kLength5 + "\r\nContent-Length: 6"),
     malformed(200, kSawChunked + "|" + kSawLength5 + "|Content-Length=6")},
    {"two lengths may not share a line", ok("Content-Length: 5, 5"), malformed(200, "Content-Length=5, 5")},
    {"a length may not be empty", ok("Content-Length:"), malformed(200, "Content-Length=")},
    {"a length may not be negative", ok("Content-Length: -5"), malformed(200, "Content-Length=-5")},
    {"a length may not have a plus", ok("Content-Length: +5"), malformed(200, "Content-Length=+5")},
    {"a length may not be hexadecimal", ok("Content-Length: 0x5"), malformed(200, "Content-Length=0x5")},
    {"a length may not be 2^63", ok("Content-Length: 9223372036854775808"),
     malformed(200, "Content-Length=9223372036854775808")},
    {"a length may be one less, but then much is missing", ok("Content-Length: 9223372036854775807", "hi"),
     broken(Reason::truncated, 200, "Content-Length=9223372036854775807", "hi"), true},
    {"a coding may not be unknown", ok("Transfer-Encoding: gzip"), malformed(200, "Transfer-Encoding=gzip")},
    {"a coding may not stand before chunked", ok("Transfer-Encoding: gzip, chunked"),
     malformed(200, "Transfer-Encoding=gzip, chunked")},
    {"a coding may not be empty", ok("Transfer-Encoding:"), malformed(200, "Transfer-Encoding=")},
};

const std::string kTooLarge = std::string(1100 << 10, 'x');
const std::string kLarge = std::string(500 << 10, 'x');

std::string repeated(const std::string& piece, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += piece;
  return result;
}

const Row kLimits[] = {
    {"half a mebibyte of headers is allowed", ok("X: " + kLarge + "\r\nContent-Length: 0"),
     body("X=" + kLarge + "|Content-Length=0", "")},
    {"a thousand header lines are too many", ok(repeated("X:\r\n", 1001) + "Content-Length: 0"),
     broken(Reason::headers_too_large, 200, repeated("X=|", 999) + "X=")},
    {"a header beyond a mebibyte is refused before it ends", "HTTP/1.1 200 OK\r\nX: " + kTooLarge,
     broken(Reason::headers_too_large)},
    {"a status line beyond a mebibyte is refused before it ends", "HTTP/1.1 200 " + kTooLarge,
     broken(Reason::headers_too_large, 0)},
    {"1xx without end are refused", repeated("HTTP/1.1 100 Continue\r\n\r\n", 50000),
     broken(Reason::headers_too_large, 100)},
    {"trailers without end are refused", ok(kChunked, "0\r\n" + repeated("Trailer: x\r\n", 100000)),
     broken(Reason::headers_too_large, 200, kSawChunked)},
    {"an extension of 16 KiB is allowed", ok(kChunked, "5;" + std::string(16381, 'x') + "\r\nhello\r\n0\r\n\r\n"),
     body(kSawChunked, "hello")},
    {"one byte more is refused", ok(kChunked, "5;" + std::string(16382, 'x') + "\r\nhello\r\n0\r\n\r\n"),
     malformed(200, kSawChunked)},
    {"an extension without end is refused", ok(kChunked, "5;" + std::string(17 << 10, 'x')),
     malformed(200, kSawChunked)},
    {"lines of chunks add up to nothing",
     ok(kChunked, repeated("1;" + std::string(999, 'x') + "\r\ny\r\n", 1200) + "0\r\n\r\n"),
     body(kSawChunked, std::string(1200, 'y'))},
};

const Row kChunks[] = {
    {"a size may not be empty", ok(kChunked, "\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not be only an extension", ok(kChunked, ";x\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not be a word", ok(kChunked, "five\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not be negative", ok(kChunked, "-5\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not be minus zero", ok(kChunked, "-0\r\n\r\n"), malformed(200, kSawChunked)},
    {"a size may not have a plus", ok(kChunked, "+5\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not begin with 0x", ok(kChunked, "0x5\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not be two", ok(kChunked, "5 5\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not hold NUL", ok(kChunked, "5\0\r\nhello"s), malformed(200, kSawChunked)},
    {"a size may not be 2^63", ok(kChunked, "8000000000000000\r\nhello"), malformed(200, kSawChunked)},
    {"a size may not overflow", ok(kChunked, "10000000000000005\r\nhello"), malformed(200, kSawChunked)},
    {"a size may be 2^63 - 1, but then much is missing", ok(kChunked, "7fffffffffffffff\r\nhello"),
     broken(Reason::truncated, 200, kSawChunked, "hello"), true},
    {"a chunk may not be longer than it says", ok(kChunked, "4\r\nhello\r\n0\r\n\r\n"),
     malformed(200, kSawChunked, "hell")},
    {"a chunk may not be shorter than it says", ok(kChunked, "7\r\nhello\r\n0\r\n\r\n"),
     malformed(200, kSawChunked, "hello\r\n")},
    {"a later chunk may not be broken either", ok(kChunked, "5\r\nhello\r\nz\r\n"),
     malformed(200, kSawChunked, "hello")},
};

const Row kStops[] = {
    {"a sink stops inside an announced body",
     ok("Content-Length: 11", "hello world"),
     {.headers = "Content-Length=11", .body = "hel", .stopped = true},
     false,
     false,
     3},
    {"a sink stops at the last byte",
     ok(kLength5, "hello"),
     {.headers = kSawLength5, .body = "hello", .stopped = true},
     false,
     false,
     5},
    {"a sink stops inside a later chunk",
     ok(kChunked, "3\r\nhel\r\n6\r\nlo wor\r\n0\r\n\r\n"),
     {.headers = kSawChunked, .body = "hello", .stopped = true},
     false,
     false,
     5},
    {"a sink stops before a broken chunk is seen",
     ok(kChunked, "3\r\nhel\r\nz\r\n"),
     {.headers = kSawChunked, .body = "hel", .stopped = true},
     false,
     false,
     3},
    {"a sink stops before the end", ok("", "hello world"), {.body = "hello", .stopped = true}, false, false, 5},
    {"a sink that would stop later is not asked", ok(kLength5, "hello"), body(kSawLength5, "hello"), false, false, 6},
};

}  // namespace

TEST_CASE("An HTTP/1 answer's body ends where its headers say") { check_rows(kBodies); }

TEST_CASE("Some HTTP/1 answers have no body, and some are none") { check_rows(kNoBodies); }

TEST_CASE("An HTTP/1 answer begins with a version and three digits") { check_rows(kStatusLines); }

TEST_CASE("Headers of an HTTP/1 answer are kept, or it is refused") { check_rows(kHeaders); }

TEST_CASE("Headers and lines of chunks of an HTTP/1 answer have limits") { check_rows(kLimits); }

TEST_CASE("Chunks of an HTTP/1 answer have the size they say") { check_rows(kChunks); }

TEST_CASE("The body of an HTTP/1 answer is no longer than its sink wants") { check_rows(kStops); }

TEST_CASE("A status line too short to be one is malformed, also after a 1xx") {
  for (std::string bytes : {"\n", "H\n", "HTTP\n", "HTTP/1.1 100 Continue\r\n\r\n\n", "HTTP/1.1 000 ?\r\n\r\n"}) {
    INFO(bytes);
    Row row{"", bytes, {}, true};
    CHECK(read_whole(row).state == State::failed);
    CHECK(read_by_bytes(row).state == State::failed);
  }
}

TEST_CASE("The limit of the headers counts lines and not the pieces in which they come") {
  Row row{"", ok("X: " + std::string(600 << 10, 'x') + "\r\nContent-Length: 0"), {}, true};
  CHECK(read_whole(row).state == State::done);
  CHECK(read_by_bytes(row).state == State::done);
}

TEST_CASE("Headers that others would read otherwise say nothing of the body's length") {
  for (std::string lines :
       {"Content-Length : 5", "Content-Length: 5\r\n 0", "Transfer-Encoding : chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\n , identity", "Transfer-Encoding: chunked, identity\r\nContent-Length: 5",
        "Transfer-Encoding: gzip, identity\r\nContent-Length: 5"}) {
    INFO(lines);
    Row row{"", ok(lines, "hello world"), {}, true};
    CHECK(read_whole(row).state == State::failed);
  }
}

TEST_CASE("The announced length is the one that is read") {
  HttpReply reply;
  Sink sink(std::string::npos);
  Http1Answer answer(reply, &sink, false);
  REQUIRE(answer.feed(ok("Content-Length: 5\r\nTransfer-Encoding: identity", "hello world")) == State::done);
  CHECK(sink.text == "hello");
  CHECK(announced_length(reply) == 5);
}
