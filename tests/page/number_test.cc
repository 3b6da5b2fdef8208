#include "page/number.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "support/catch.h"

using namespace vedette;

namespace {

std::string number(double value) {
  char text[kNumberRoom];
  return {text, write_number(text, value)};
}

struct Printed {
  std::uint64_t bits;
  std::string_view text;
};

/// Go's strconv.FormatFloat(f, 'g', -1, 64); minus zero as its expfmt prints it.
constexpr Printed kGo[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x3ff0000000000000, "1"},
    {0xbff0000000000000, "-1"},
    {0x4000000000000000, "2"},
    {0x4069000000000000, "200"},
    {0x3fb999999999999a, "0.1"},
    {0x3fc999999999999a, "0.2"},
    {0x3fd3333333333333, "0.3"},
    {0x3ff8000000000000, "1.5"},
    {0x4029000000000000, "12.5"},
    {0x405edd2f1a9fbe77, "123.456"},
    {0x40f869f000000000, "99999"},
    {0x40f86a0000000000, "100000"},
    {0x40fe240000000000, "123456"},
    {0x412e847e00000000, "999999"},
    {0x412e847f00000000, "999999.5"},
    {0x412e848000000000, "1e+06"},
    {0x412e848200000000, "1.000001e+06"},
    {0x4132d68700000000, "1.234567e+06"},
    {0x41d589cfa0000000, "1.44541248e+09"},
    {0x41d9d8d916000000, "1.734567e+09"},
    {0x41d9cfba2007df3b, "1.732176000123e+09"},
    {0x4214000000000000, "2.147483648e+10"},
    {0x3f50624dd2f1a9fc, "0.001"},
    {0x3f1a36e2eb1c432d, "0.0001"},
    {0x3f1f75104d551d69, "0.00012"},
    {0x3f201f31f46ed246, "0.000123"},
    {0x3f1a36371ea531a8, "9.999e-05"},
    {0x3ee4f8b588e368f1, "1e-05"},
    {0x3f133e53d64980db, "7.3408e-05"},
    {0x3e7ad7f29abcaf48, "1e-07"},
    {0x4415af1d78b58c40, "1e+20"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x54b249ad2594c37d, "1e+100"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0x0000000000000001, "5e-324"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x400921fb54442d18, "3.141592653589793"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0xbeb0c6f7a0b5ed8d, "-1e-06"},
    {0xc132d68780000000, "-1.2345675e+06"},
    {0x4340000000000000, "9.007199254740992e+15"},
    {0x433fffffffffffff, "9.007199254740991e+15"},
    {0x7ff0000000000000, "+Inf"},
    {0xfff0000000000000, "-Inf"},
    {0x7ff8000000000001, "NaN"},
    {0x41efffffffe00000, "4.294967295e+09"},
    {0x43f0000000000000, "1.8446744073709552e+19"},
    {0x3f747ae147ae147b, "0.005"},
    {0x4004000000000000, "2.5"},
};

}  // namespace

TEST_CASE("Numbers on /probe are printed as Go prints them") {
  for (const auto& [bits, text] : kGo) CHECK(go_float(std::bit_cast<double>(bits)) == text);
}

TEST_CASE("Numbers on /metrics are short and plain") {
  CHECK(number(0) == "0");
  CHECK(number(200) == "200");
  CHECK(number(-3) == "-3");
  CHECK(number(1'445'412'480) == "1445412480");
  CHECK(number(0.5) == "0.5");
  CHECK(number(-0.25) == "-0.25");
  CHECK(number(0.000000001) == "0.000000001");
  CHECK(number(12.000123) == "12.000123");
  CHECK(number(1'700'000'000.25) == "1700000000.25");
  CHECK(number(1'700'000'000.123) == "1700000000.123");
  CHECK(number(1'700'000'000.123456) == "1700000000.123456");
  CHECK(number(1e300) == "1e+300");
  CHECK(number(1.0 / 3) == "0.3333333333333333");
  CHECK(number(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(number(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("Every number reads back as itself, whichever way it was written") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 200'000; ++i) {
    const double any = std::bit_cast<double>(random());
    if (std::isnormal(any)) REQUIRE(std::stod(number(any)) == any);
    const double seconds = static_cast<double>(random() % 100'000'000'000'000) / 1e9;
    REQUIRE(std::stod(number(seconds)) == seconds);
    REQUIRE(std::stod(go_float(seconds)) == seconds);
    const double stamp = static_cast<double>(random() % 3'000'000'000'000) / 1e3;
    REQUIRE(std::stod(number(-stamp)) == -stamp);
    const double ratio = static_cast<double>(random()) / static_cast<double>(random());
    REQUIRE(std::stod(number(ratio)) == ratio);
    REQUIRE(std::stod(number(-ratio)) == -ratio);
  }
}

TEST_CASE("A bucket's bound in OpenMetrics is always a float") {
  CHECK(bound_float(1) == "1.0");
  CHECK(bound_float(0.005) == "0.005");
  CHECK(bound_float(10) == "10.0");
  CHECK(bound_float(1e6) == "1e+06");
  CHECK(bound_float(std::numeric_limits<double>::infinity()) == "+Inf");
}
