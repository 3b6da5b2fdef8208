#include "page/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vedette {
namespace {

constexpr std::int64_t kNano = 1'000'000'000;
// Below this a whole number has at most 15 digits, and no two numbers of so few digits are the same double.
constexpr double kExact = 1e15;
constexpr double kExactSeconds = kExact / 1e9, kExactMilliseconds = kExact / 1e3;

char* write_text(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

/// `.` and nine digits without the zeros at their end; `nanos` is neither 0 nor above 999,999,999.
/// Divisions by constants only: this is the hottest line of a scrape.
char* write_fraction(char* at, std::uint32_t nanos) {
  *at = '.';
  for (int place = 9; place > 0; --place) {
    at[place] = static_cast<char>('0' + nanos % 10);
    nanos /= 10;
  }
  char* last = at + 9;
  while (*last == '0') --last;
  return last + 1;
}

char* write_decimal(char* at, bool negative, std::int64_t whole, std::int64_t nanos) {
  if (negative) *at++ = '-';
  return write_fraction(std::to_chars(at, at + kNumberRoom - 16, whole).ptr, static_cast<std::uint32_t>(nanos));
}

char* write_special(char* at, double value) {
  if (std::isnan(value)) return write_text(at, "NaN");
  return write_text(at, value > 0 ? "+Inf" : "-Inf");
}

}  // namespace

char* write_number(char* at, double value) {
  char* const end = at + kNumberRoom;
  if (!std::isfinite(value)) return write_special(at, value);
  const double magnitude = std::fabs(value);
  if (magnitude < kExact) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return std::to_chars(at, end, whole).ptr;
  }
  if (magnitude < kExactMilliseconds) {  // time stamps
    const auto thousandths = static_cast<std::int64_t>(magnitude * 1e3 + 0.5);
    if (static_cast<double>(thousandths) / 1e3 == magnitude) {
      return write_decimal(at, value < 0, thousandths / 1000, thousandths % 1000 * 1'000'000);
    }
  }
  if (magnitude < kExactSeconds) {  // durations
    const auto nanos = static_cast<std::int64_t>(magnitude * 1e9 + 0.5);
    if (static_cast<double>(nanos) / 1e9 == magnitude) {
      return write_decimal(at, value < 0, nanos / kNano, nanos % kNano);
    }
  }
  return std::to_chars(at, end, value).ptr;
}

std::string go_float(double value) {
  std::array<char, kNumberRoom> text;
  if (!std::isfinite(value)) return {text.data(), write_special(text.data(), value)};
  if (value == 0) return "0";
  char* const end = text.data() + text.size();
  char* stop = std::to_chars(text.data(), end, value, std::chars_format::scientific).ptr;
  const std::string_view scientific(text.data(), stop);
  const std::string_view digits = scientific.substr(scientific.find('e') + 1);
  int exponent = 0;
  std::from_chars(digits.data() + 1, digits.data() + digits.size(), exponent);
  if (digits[0] == '-') exponent = -exponent;
  // Go's 'g' with the shortest precision shows an exponent below 1e-4 and from 1e6 on.
  if (exponent >= -4 && exponent < 6) stop = std::to_chars(text.data(), end, value, std::chars_format::fixed).ptr;
  return {text.data(), stop};
}

std::string bound_float(double value) {
  std::string text = go_float(value);
  if (text.find_first_of(".eNI") == std::string::npos) text += ".0";
  return text;
}

}  // namespace vedette
