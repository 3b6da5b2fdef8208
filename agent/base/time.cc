#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <limits>
#include <optional>

#include "base/text.h"

namespace vedette {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

// Longer names first, so that "ms" is not read as minutes. Both characters that look like a micro sign are in use.
constexpr std::array kUnits{Unit{"ns", 1},         Unit{"us", 1000},    Unit{"\u00b5s", 1000}, Unit{"\u03bcs", 1000},
                            Unit{"ms", 1'000'000}, Unit{"s", kSecond},  Unit{"m", kMinute},    Unit{"h", kHour},
                            Unit{"d", kDay},       Unit{"w", 7 * kDay}, Unit{"y", 365 * kDay}};

std::optional<Unit> take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit;
  }
  return std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

Error bad_duration(std::string_view text, std::string_view why) {
  return Error{fmt::format("{} is not a duration: {}", in_quotes(text), why)};
}

/// Nanoseconds of "1.5" times a unit, fractions of a nanosecond cut off; none when it does not fit.
std::optional<std::int64_t> scale(std::string_view whole, std::string_view fraction, std::int64_t unit) {
  std::int64_t total = 0;
  if (!whole.empty()) {
    const auto count = parse_int<std::int64_t>(whole);
    if (!count || __builtin_mul_overflow(*count, unit, &total)) return std::nullopt;
  }
  std::int64_t digit_worth = unit;
  for (const char c : fraction) {
    digit_worth /= 10;
    if (__builtin_add_overflow(total, (c - '0') * digit_worth, &total)) return std::nullopt;
  }
  return total;
}

/// Appends "1.5ms": a number of the unit with the fraction it needs.
void append_with_fraction(std::string& text, std::int64_t ns, std::int64_t unit, int digits, std::string_view name) {
  text += fmt::format("{}", ns / unit);
  if (ns % unit != 0) {
    std::string fraction = fmt::format("{:0{}}", ns % unit, digits);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += '.' + fraction;
  }
  text += name;
}

}  // namespace

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()); }

WallTime wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

Duration from_seconds(double s) {
  constexpr double kMost = 9.2e18;
  const double ns = s * 1e9;
  if (!(ns > -kMost)) return Duration::min();
  if (!(ns < kMost)) return Duration::max();
  return Duration(static_cast<std::int64_t>(ns < 0 ? ns - 0.5 : ns + 0.5));
}

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return Duration::zero();
  if (rest.empty()) return bad_duration(text, "write it like 30s or 1m30s");
  std::int64_t total = 0;
  while (!rest.empty()) {
    const std::string_view whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
    }
    if (whole.empty() && fraction.empty()) return bad_duration(text, "write it like 30s or 1m30s");
    const auto unit = take_unit(rest);
    if (!unit && rest.empty()) return bad_duration(text, "its unit is missing (ms, s, m, h, d or w)");
    if (!unit) return bad_duration(text, "its unit is none of ns, us, ms, s, m, h, d, w, y");
    const auto part = scale(whole, fraction, unit->nanoseconds);
    if (!part || __builtin_add_overflow(total, *part, &total)) return bad_duration(text, "it is longer than 292 years");
  }
  return Duration(negative ? -total : total);
}

std::string format_duration(Duration d) {
  std::int64_t ns = d.count();
  if (ns == 0) return "0s";
  std::string text;
  if (ns < 0) {
    if (ns == std::numeric_limits<std::int64_t>::min()) ++ns;  // it has no positive counterpart
    text = "-";
    ns = -ns;
  }
  if (ns % kDay == 0) return text + fmt::format("{}d", ns / kDay);
  if (ns >= kHour) text += fmt::format("{}h", ns / kHour);
  ns %= kHour;
  if (ns >= kMinute) text += fmt::format("{}m", ns / kMinute);
  ns %= kMinute;
  if (ns >= kSecond) {
    append_with_fraction(text, ns, kSecond, 9, "s");
  } else if (ns >= 1'000'000) {
    append_with_fraction(text, ns, 1'000'000, 6, "ms");
  } else if (ns >= 1000) {
    append_with_fraction(text, ns, 1000, 3, "us");
  } else if (ns > 0) {
    append_with_fraction(text, ns, 1, 1, "ns");
  }
  return text;
}

std::string format_utc(WallTime t) {
  const auto ms = std::chrono::floor<milliseconds>(t.time_since_epoch()).count();
  const std::int64_t thousandths = ((ms % 1000) + 1000) % 1000;
  const std::time_t whole = static_cast<std::time_t>((ms - thousandths) / 1000);
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, thousandths);
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto take_number = [&text](std::size_t digits, int least, int most) -> std::optional<int> {
    const auto number = text.size() < digits ? std::nullopt : parse_int<int>(text.substr(0, digits));
    if (!number || !is_digit(text[0]) || *number < least || *number > most) return std::nullopt;
    text.remove_prefix(digits);
    return number;
  };
  const auto take = [&text](std::string_view any) {
    const bool there = !text.empty() && any.find(text[0]) != std::string_view::npos;
    if (there) text.remove_prefix(1);
    return there;
  };
  const auto year = take_number(4, 1678, 2261), month = take("-") ? take_number(2, 1, 12) : std::nullopt;
  const auto day = take("-") ? take_number(2, 1, 31) : std::nullopt;
  const auto hour = take("Tt ") ? take_number(2, 0, 23) : std::nullopt;
  const auto minute = take(":") ? take_number(2, 0, 59) : std::nullopt;
  const auto second = take(":") ? take_number(2, 0, 60) : std::nullopt;
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  Duration time = std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
  if (take(".")) {
    const std::string_view fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
    time += Duration(scale("", fraction, kSecond).value_or(0));
  }
  if (!take("Zz")) {
    const int sign = text.starts_with('-') ? -1 : 1;
    const auto hours = take("+-") ? take_number(2, 0, 23) : std::nullopt;
    const auto minutes = take(":") ? take_number(2, 0, 59) : std::nullopt;
    if (!hours || !minutes) return std::nullopt;
    time -= sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
  }
  if (!text.empty()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date).time_since_epoch() + time);
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  const std::string date(text);
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = strptime(date.c_str(), form, &parts);
    // Before the year 1678 and beyond 2262 our clock's nanoseconds end.
    if (end && *end == 0 && parts.tm_year >= -222 + 1 && parts.tm_year < 360) return WallTime(seconds(timegm(&parts)));
  }
  return std::nullopt;
}

}  // namespace vedette
