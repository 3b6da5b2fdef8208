#include <zlib.h>

#include <random>

#include "page/metrics.h"
#include "support/catch.h"

using namespace vedette;

namespace {

/// The content of exactly one gzip member, in which nothing is left over; "broken" when it is not that.
std::string unpack(const std::string& packed) {
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK) {
    char buffer[65536];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    result = ::inflate(&stream, Z_NO_FLUSH);
    text.append(buffer, sizeof buffer - stream.avail_out);
  }
  ::inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_in == 0 ? text : "broken";
}

std::string pack(const std::vector<std::string>& pieces) {
  std::string packed;
  GzipSink sink([&](std::string_view piece) {
    packed += piece;
    return true;
  });
  for (const std::string& piece : pieces) REQUIRE(sink.write(piece));
  REQUIRE(sink.finish());
  return packed;
}

}  // namespace

TEST_CASE("What was packed in pieces unpacks as one gzip member") {
  std::vector<std::string> pieces;
  std::string whole;
  for (int i = 0; i < 3000; ++i) {
    pieces.push_back("probe_success{target=\"" + std::to_string(i) + "\"} " + std::to_string(i % 2) + "\n");
    whole += pieces.back();
  }
  const std::string packed = pack(pieces);
  CHECK(packed.size() * 5 < whole.size());
  CHECK(unpack(packed) == whole);
}

TEST_CASE("Megabytes that cannot be compressed, and empty pieces, survive too") {
  std::mt19937_64 random(7);
  std::string noise(3'000'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  CHECK(unpack(pack({"", noise, "", "end"})) == noise + "end");
}

TEST_CASE("Nothing at all is an empty member") { CHECK(unpack(pack({})).empty()); }

TEST_CASE("A reader that has gone stops the packing") {
  int pieces = 0;
  GzipSink sink([&](std::string_view) {
    ++pieces;
    return false;
  });
  std::mt19937_64 random(7);
  std::string noise(1'000'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  CHECK_FALSE(sink.write(noise));
  CHECK_FALSE(sink.write(noise));
  CHECK_FALSE(sink.finish());
  CHECK(pieces == 1);
}
