// What holds for every HTTP/1 answer, wherever it ends and whatever was done to it.

#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "net/http1_answer.h"
#include "support/catch.h"
#include "support/http1_answers.h"

using namespace vedette;
using namespace vedette::test;

namespace {

/// An answer that is good to its last byte.
struct Good {
  const char* name;
  std::string head, rest;
  bool until_end = false;
  bool asked_by_head = false;
};

const Good kGood[] = {
    {"with a length", ok("Content-Length: 5"), "hello"},
    {"without a body", ok("Content-Length: 0\r\nServer: x"), ""},
    {"in chunks", ok("Transfer-Encoding: chunked"), "5;a=b\r\nhello\r\nA\r\n, world, x\r\n0\r\nTrailer: y\r\n\r\n"},
    {"until the end", ok("Server: x"), "hello", true},
    {"of HTTP/1.0", "HTTP/1.0 200 OK\r\nX: y\r\n\r\n", "hello", true},
    {"to HEAD", ok("Content-Length: 5"), "", false, true},
    {"with 204", "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", ""},
    {"with 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
    {"with bare newlines", "HTTP/1.1 404 Not Found\nContent-Length: 5\nX: y\n z\n\n", "hello"},
    // The last: its second status line is not mutated either.
    {"after 1xx", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX: y\r\n\r\n" + ok("Content-Length: 2"), "hi"},
};

/// What `good` must come to when the server closes after its first `size` bytes.
void check_end(const Good& good, std::size_t size) {
  std::size_t all = good.head.size() + good.rest.size();
  Row row{good.name, (good.head + good.rest).substr(0, size), {}, true, good.asked_by_head};
  Outcome whole = read_whole(row);
  INFO("the answer " << good.name << " ends after " << size << " of " << all << " bytes");
  bool complete = size == all || (good.until_end && size >= good.head.size());
  if (complete) {
    CHECK(whole.state == HttpState::done);
  } else {
    CHECK(whole.state == HttpState::failed);
    CHECK(whole.reason == (size == 0 ? Reason::closed : Reason::truncated));
  }
  CHECK(whole == read_by_bytes(row));
}

constexpr std::string_view kSpices[] = {
    "\n",
    "\r\n",
    "\r",
    "\r\n\r\n",
    ":",
    " ",
    "\t",
    std::string_view("\0", 1),
    "\x7f",
    "\xff",
    "0",
    "-",
    ";",
    "f",
    ",",
    "ffffffffffffffff",
    "Content-Length: 99\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "0\r\n\r\n",
    "HTT",
};

/// One to four changes anywhere.
std::string mutated(std::string text, std::mt19937& dice) {
  for (auto changes = 1 + dice() % 4; changes > 0 && !text.empty(); --changes) {
    std::size_t at = dice() % text.size(), length = 1 + dice() % 8;
    switch (dice() % 6) {
      case 0: text[at] = static_cast<char>(dice() % 256); break;
      case 1: text[at] = static_cast<char>(text[at] ^ (1 << dice() % 8)); break;
      case 2: text.erase(at, length); break;
      case 3: text.insert(at, text.substr(dice() % text.size(), length)); break;
      case 4: text.insert(at, kSpices[dice() % std::size(kSpices)]); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

/// Whether the bytes hold all of the body's in their order: nothing was made up, nothing given twice.
bool picked_from(std::string_view bytes, std::string_view body) {
  for (char c : body) {
    std::size_t at = bytes.find(c);
    if (at == bytes.npos) return false;
    bytes.remove_prefix(at + 1);
  }
  return true;
}

}  // namespace

TEST_CASE("An HTTP/1 answer may end at any place, and is done only at the right ones") {
  for (const Good& good : kGood) {
    for (std::size_t size = 0; size <= good.head.size() + good.rest.size(); ++size) check_end(good, size);
  }
}

TEST_CASE("Whatever is done to a good HTTP/1 answer, it comes to an end that does not depend on its pieces") {
  std::mt19937 dice(1);
  int done = 0, failed = 0, wrong = 0;
  for (int round = 0; round < 20000; ++round) {
    const Good& good = kGood[dice() % (std::size(kGood))];
    Row row{good.name, mutated(good.head + good.rest, dice), {}, true, good.asked_by_head};
    Outcome whole = read_whole(row);
    bool right =
        whole.state != HttpState::more && whole == read_in_cuts(row, dice) && picked_from(row.bytes, whole.body);
    if (whole.state == HttpState::done) right = right && whole.status <= 999 && whole.version >= 1;
    ++(whole.state == HttpState::done ? done : failed);
    if (!right && ++wrong < 5) {
      INFO("mutation " << round << ": " << row.bytes);
      CHECK(right);
    }
  }
  CHECK(wrong == 0);
  // Both must be common, or the mutations are worth nothing.
  CHECK(done > 2000);
  CHECK(failed > 2000);
}
