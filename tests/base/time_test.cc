#include "base/time.h"

#include "support/catch.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;

std::string why_not(std::string_view text) {
  const auto parsed = parse_duration(text);
  return parsed ? "it was accepted" : parsed.error().message;
}

TEST_CASE("durations are read as Go and Prometheus write them") {
  const std::vector<std::pair<std::string_view, Duration>> rows{{"0", 0ns},
                                                                {"-0", 0ns},
                                                                {"0s", 0ns},
                                                                {"5s", 5s},
                                                                {"1m30s", 90s},
                                                                {"1h30m", 90min},
                                                                {"500ms", 500ms},
                                                                {"1.5s", 1500ms},
                                                                {".5s", 500ms},
                                                                {"5.s", 5s},
                                                                {"100us", 100us},
                                                                {"100\u00b5s", 100us},
                                                                {"100\u03bcs", 100us},
                                                                {"7ns", 7ns},
                                                                {"2d", 48h},
                                                                {"1w", 168h},
                                                                {"1y", 8760h},
                                                                {"-3s", -3s},
                                                                {"+3s", 3s},
                                                                {"0.1m", 6s},
                                                                {"1h0m0.25s", 1h + 250ms},
                                                                {"0.0000000019s", 1ns}};
  for (const auto& [text, expected] : rows) {
    INFO(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed);
    CHECK(*parsed == expected);
  }
}

TEST_CASE("a duration without a unit is refused because nobody can tell which was meant") {
  CHECK(why_not("10") == "\"10\" is not a duration: its unit is missing (ms, s, m, h, d or w)");
  CHECK(why_not("1h5") == "\"1h5\" is not a duration: its unit is missing (ms, s, m, h, d or w)");
}

TEST_CASE("what is no duration is refused with a hint") {
  for (const std::string_view text : {"", "s", "-", ".s", "ten seconds", "+-3s", "--3s", " 3s"}) {
    INFO(text);
    CHECK(why_not(text) == "\"" + std::string(text) + "\" is not a duration: write it like 30s or 1m30s");
  }
  for (const std::string_view text : {"3 s", "1e3s", "3S", "3sec onds", "1.2.3s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a duration that does not fit is refused and never wraps around") {
  for (const std::string_view text :
       {"300y", "9223372036854775808ns", "99999999999999999999s", "9223372036s999ms999999999ns1y"}) {
    INFO(text);
    CHECK(why_not(text).find("it is longer than 292 years") != std::string::npos);
  }
  CHECK(*parse_duration("9223372036854775807ns") == Duration::max());
}

TEST_CASE("durations are written in their shortest exact form") {
  const std::vector<std::pair<Duration, std::string>> rows{
      {0ns, "0s"},    {1ns, "1ns"},        {1500ns, "1.5us"}, {250ms, "250ms"},     {1ms + 1ns, "1.000001ms"},
      {90s, "1m30s"}, {1500ms, "1.5s"},    {60s, "1m"},       {1h, "1h"},           {24h, "1d"},
      {25h, "25h"},   {1h + 1ms, "1h1ms"}, {-90s, "-1m30s"},  {119500ms, "1m59.5s"}};
  for (const auto& [duration, expected] : rows) {
    CHECK(format_duration(duration) == expected);
    CHECK(*parse_duration(expected) == duration);
  }
  CHECK(format_duration(Duration::min()).starts_with('-'));
}

TEST_CASE("seconds become durations without overflow") {
  CHECK(from_seconds(0.5) == 500ms);
  CHECK(from_seconds(-0.5) == -500ms);
  CHECK(from_seconds(1e-9) == 1ns);
  CHECK(from_seconds(1e30) == Duration::max());
  CHECK(from_seconds(-1e30) == Duration::min());
  CHECK(to_seconds(1500ms) == Approx(1.5));
}

TEST_CASE("time stamps are written in UTC with thousandths") {
  CHECK(format_utc(WallTime{}) == "1970-01-01T00:00:00.000Z");
  CHECK(format_utc(WallTime{1795168800s + 7ms}) == "2026-11-20T10:00:00.007Z");
  CHECK(format_utc(WallTime{-1ms}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("the clocks move on") {
  const Time before = now();
  CHECK(now() >= before);
  CHECK(wall_now() > WallTime{});
}

TEST_CASE("moments are read as RFC 3339 writes them") {
  const WallTime ten = WallTime(seconds(1'795'168'800));  // 2026-11-20T10:00:00Z
  for (const char* text : {"2026-11-20T10:00:00Z", "2026-11-20t10:00:00.000z", "2026-11-20 10:00:00Z",
                           "2026-11-20T11:30:00+01:30", "2026-11-20T00:00:00-10:00"}) {
    INFO(text);
    CHECK(parse_rfc3339(text) == ten);
  }
  CHECK(parse_rfc3339("2026-11-20T10:00:00.123456789Z") == ten + Duration(123'456'789));
  CHECK(parse_rfc3339("1969-12-31T23:59:59.5Z") == WallTime(milliseconds(-500)));
  CHECK(parse_rfc3339(format_utc(ten)) == ten);
  for (const char* text :
       {"", "now", "2026-11-20", "2026-11-20T10:00Z", "2026-11-20T10:00:00", "2026-13-20T10:00:00Z",
        "2026-02-30T10:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T10:00:00.Z", "2026-11-20T10:00:00+1:00",
        "2026-11-20T10:00:00Zx", "9999-11-20T10:00:00Z", "2026-+1-20T10:00:00Z", "2026-11-20T10:00:00+01:00:00"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("A date of HTTP is one that our clock can hold") {
  CHECK(parse_http_date("Fri, 15 Jan 2027 08:00:00 GMT") == WallTime(seconds(1'800'000'000)));
  CHECK(parse_http_date("Fri Jan 15 08:00:00 2027") == WallTime(seconds(1'800'000'000)));
  for (const char* none : {"Wed, 01 Jan 1000 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
                           "Sat, 01 Jan 2300 00:00:00 GMT", "", "tomorrow", "1800000000"}) {
    INFO(none);
    CHECK_FALSE(parse_http_date(none));
  }
}

}  // namespace
}  // namespace vedette
