// A body may unpack to a million times its size: whoever unpacks it gives way after a while and goes on later.

#include "net/decoder.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace vedette;
using namespace std::string_literals;

namespace {

constexpr std::size_t kMebibyte = 1 << 20;
// The library's own steps may take it a little beyond.
constexpr std::size_t kMostInOneCall = Decoder::kMostAtOnce + (64 << 10);

std::string deflated(const std::string& text, int window) {
  z_stream zlib{};
  REQUIRE(deflateInit2(&zlib, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(text.size() / 100 + 1000, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  zlib.avail_in = static_cast<uInt>(text.size());
  zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
  zlib.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return packed;
}

/// So many mebibytes of zeros, packed by brotli: a block that repeats, since each is like the one before.
std::string brotli_zeros(int mebibytes) {
  std::string packed = "\xab\xff\xff\x07\x40\x02\x20\x1e\x0b\x24\xf7\xfe\xc1"s + '\0';
  for (int i = 1; i < mebibytes; ++i) packed += "\xfa\xff\x7f\0\x24\0\xe2\xb0\0\x74\xef\x1f\x0c"s;
  return packed + "\x03";
}

struct Bomb {
  const char* name;
  Compression compression;
  std::string packed;
  std::size_t size;
};

const std::string& zeros() {
  static const std::string kZeros(16 * kMebibyte, '\0');
  return kZeros;
}

std::vector<Bomb> bombs() {
  std::string member = deflated(zeros(), 15 + 16);
  return {{"gzip", Compression::gzip, member, 16 * kMebibyte},
          {"two members of gzip", Compression::gzip, member + member, 32 * kMebibyte},
          {"deflate", Compression::deflate, deflated(zeros(), -15), 16 * kMebibyte},
          {"brotli", Compression::brotli, brotli_zeros(16), 16 * kMebibyte}};
}

}  // namespace

TEST_CASE("A bomb comes out in portions, whatever it is packed with") {
  for (const Bomb& bomb : bombs()) {
    INFO(bomb.name);
    Decoder decoder(bomb.compression);
    std::size_t made = 0, in_this_call = 0, most = 0, calls = 0;
    auto count = [&](std::string_view out) {
      made += out.size();
      in_this_call += out.size();
      most = std::max(most, in_this_call);
      return true;
    };
    decoder.feed(bomb.packed, count);
    while (decoder.waits()) {
      ++calls;
      in_this_call = 0;
      decoder.go_on(count);
    }
    CHECK(decoder.state() == Decoder::State::ended);
    CHECK(made == bomb.size);
    CHECK(most <= kMostInOneCall);
    CHECK(calls >= bomb.size / kMostInOneCall);
  }
}

TEST_CASE("What is fed while a decoder waits comes out behind what was there") {
  for (const Bomb& bomb : bombs()) {
    for (std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1024}}) {
      INFO(bomb.name << " in pieces of " << size);
      Decoder decoder(bomb.compression);
      std::size_t made = 0;
      auto count = [&](std::string_view out) {
        made += out.size();
        return out.find_first_not_of('\0') == out.npos;
      };
      std::string_view left = bomb.packed;
      while (!left.empty()) {
        std::string piece(left.substr(0, size));
        left.remove_prefix(piece.size());
        decoder.feed(piece, count);
        if (left.size() % 3 == 0) decoder.go_on(count);
      }
      while (decoder.waits()) decoder.go_on(count);
      CHECK(decoder.state() == Decoder::State::ended);
      CHECK(made == bomb.size);
    }
  }
}

TEST_CASE("A decoder stops in the middle of a bomb when nobody wants more") {
  for (const Bomb& bomb : bombs()) {
    INFO(bomb.name);
    Decoder decoder(bomb.compression);
    std::size_t made = 0;
    auto enough = [&](std::string_view out) { return (made += out.size()) < kMebibyte; };
    decoder.feed(bomb.packed, enough);
    while (decoder.waits()) decoder.go_on(enough);
    CHECK(decoder.state() == Decoder::State::stopped);
    CHECK(made < 2 * kMebibyte);
  }
}

TEST_CASE("A packed body that is cut or broken behind a bomb is noticed when its turn comes") {
  std::string packed = deflated(zeros(), 15 + 16);
  std::string wrong = packed;
  wrong[wrong.size() - 6] ^= 1;
  for (bool cut : {true, false}) {
    Decoder decoder(Compression::gzip);
    auto all = [](std::string_view) { return true; };
    decoder.feed(cut ? packed.substr(0, packed.size() - 20) : wrong, all);
    while (decoder.waits()) decoder.go_on(all);
    CHECK(decoder.state() == (cut ? Decoder::State::more : Decoder::State::broken));
  }
}
