#include "probe/http_body.h"

#include <memory>
#include <vector>

#include "support/catch.h"

using namespace vedette;

TEST_CASE("Where an answer leads is decided once, not at each piece of its body") {
  HttpReply reply;
  reply.status = 301;
  HttpBody body(Compression::none, 0, false);
  body.watch(&reply, true);
  CHECK(body.take("x"));
  // Nobody looks for it again among what may be a thousand headers.
  reply.headers.add("Location: /elsewhere");
  CHECK(body.take("x"));
  body.watch(&reply, true);
  CHECK_FALSE(body.take("x"));
}

TEST_CASE("All bodies that are kept for patterns share one bound, and give back what they had") {
  const std::string piece(5 << 20, 'x');
  const std::size_t fit = HttpBody::kMostKeptByAll / piece.size();
  std::vector<std::unique_ptr<HttpBody>> bodies;
  for (std::size_t i = 0; i < fit; ++i) {
    bodies.push_back(std::make_unique<HttpBody>(Compression::none, 0, true));
    REQUIRE(bodies.back()->take(piece));
  }
  HttpBody one_more(Compression::none, 0, true);
  CHECK_FALSE(one_more.take(piece));
  CHECK(one_more.no_room());
  CHECK_FALSE(one_more.too_large_to_keep());
  HttpBody not_kept(Compression::none, 0, false);
  CHECK(not_kept.take(piece));
  bodies.pop_back();
  HttpBody afterwards(Compression::none, 0, true);
  CHECK(afterwards.take(piece));
}
