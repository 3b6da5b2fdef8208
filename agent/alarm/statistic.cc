#include "alarm/statistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::string_view kAllowed =
    "allowed are Average, Minimum, Maximum, Sum, SampleCount, IQM, a percentile (p90, p99.9), a trimmed mean, count or "
    "sum or a winsorized mean (tm99, TM(10%:90%), TC(:0.5), TS(80%:), WM(5%:95%)), a percentile rank (PR(:0.28))";
constexpr std::size_t kMostDecimals = 10;

struct Word {
  std::string_view name;
  Statistic statistic;
};
const std::array<Word, 6> kWords = {{
    {"Average", {Measure::average, false, {}, {}}},
    {"Minimum", {Measure::minimum, false, {}, {}}},
    {"Maximum", {Measure::maximum, false, {}, {}}},
    {"Sum", {Measure::sum, false, {}, {}}},
    {"SampleCount", {Measure::sample_count, false, {}, {}}},
    {"IQM", {Measure::trimmed_mean, true, 25, 75}},
}};

struct Letters {
  std::string_view one, range;  // before one number, before a range; empty: there is no such form
  Measure measure;
};
constexpr std::array<Letters, 6> kLetters = {{
    {"p", "", Measure::percentile},
    {"tm", "TM", Measure::trimmed_mean},
    {"tc", "TC", Measure::trimmed_count},
    {"ts", "TS", Measure::trimmed_sum},
    {"wm", "WM", Measure::winsorized_mean},
    {"", "PR", Measure::percentile_rank},
}};

Error refuse(std::string_view text, std::string_view why) {
  return {fmt::format("statistic {}: {}; {}", in_quotes(text), why, kAllowed)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits, perhaps a point and at most ten more, as CloudWatch writes its bounds: no exponent, no inf.
std::optional<double> read_number(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  std::size_t point = std::min(digits.find('.'), digits.size());
  std::string_view whole = digits.substr(0, point);
  std::string_view decimals = point < digits.size() ? digits.substr(point + 1) : std::string_view{};
  if (whole.empty() || (point < digits.size() && decimals.empty()) || decimals.size() > kMostDecimals) {
    return std::nullopt;
  }
  if (!std::all_of(whole.begin(), whole.end(), is_digit)) return std::nullopt;
  if (!std::all_of(decimals.begin(), decimals.end(), is_digit)) return std::nullopt;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "p99.9", "tm99": the share of the samples, from the lowest on.
Result<Statistic> read_one(std::string_view text, std::string_view letters, std::string_view number) {
  for (const Letters& form : kLetters) {
    if (form.one.empty() || !equal_ignore_case(letters, form.one)) continue;
    if (letters != form.one) return refuse(text, fmt::format("before one number write {}", in_quotes(form.one)));
    auto share = read_number(number);
    if (!share) return refuse(text, "the number is not one with at most 10 decimal places");
    double least = form.measure == Measure::percentile ? 0 : 1e-10;
    if (*share < least || *share > 100) return refuse(text, "the number is not between 0 and 100");
    return Statistic{form.measure, true, std::nullopt, share};
  }
  return refuse(text, "there is no such statistic");
}

struct Bounds {
  std::optional<double> low, high;
  bool shares = false, mixed = false, broken = false;
};

Bounds read_bounds(std::string_view inside) {
  Bounds bounds;
  bounds.broken = true;
  auto sides = split(inside, ':');
  if (sides.size() != 2) return bounds;
  int given = 0, shares = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    std::string_view side = sides[i];
    if (side.empty()) continue;
    ++given;
    if (side.ends_with('%')) {
      ++shares;
      side.remove_suffix(1);
    }
    auto number = read_number(side);
    if (!number) return bounds;
    (i == 0 ? bounds.low : bounds.high) = number;
  }
  bounds.broken = given == 0;
  bounds.shares = shares > 0;
  bounds.mixed = shares > 0 && shares < given;
  return bounds;
}

// "TM(10%:90%)", "PR(:0.28)".
Result<Statistic> read_range(std::string_view text, std::string_view letters, std::string_view rest) {
  const Letters* form = nullptr;
  for (const Letters& each : kLetters) {
    if (!each.range.empty() && equal_ignore_case(letters, each.range)) form = &each;
  }
  if (!form) return refuse(text, "there is no such statistic");
  if (letters != form->range) return refuse(text, fmt::format("before a range write {}", in_quotes(form->range)));
  if (!rest.ends_with(')')) return refuse(text, "the closing bracket is missing");
  Bounds bounds = read_bounds(rest.substr(1, rest.size() - 2));
  if (bounds.broken) {
    return refuse(text, "in the brackets stand one or two numbers with at most 10 decimal places and a colon");
  }
  if (bounds.mixed) return refuse(text, "either both bounds are percentages or none is");
  if (bounds.shares && form->measure == Measure::percentile_rank) {
    return refuse(text, "the bounds of a percentile rank are values, not percentages");
  }
  double low = bounds.low.value_or(bounds.shares ? 0 : -HUGE_VAL);
  double high = bounds.high.value_or(bounds.shares ? 100 : HUGE_VAL);
  if (bounds.shares && (low < 0 || high > 100)) return refuse(text, "percentages are between 0 and 100");
  if (low >= high) return refuse(text, "the first bound is not below the second");
  return Statistic{form->measure, bounds.shares, bounds.low, bounds.high};
}

// Never with an exponent, which read_number() would not take.
std::string number_text(double value) {
  std::string text = fmt::format("{:.10f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Result<Statistic> parse_statistic(std::string_view text) {
  text = trim(text);
  for (const Word& word : kWords) {
    if (equal_ignore_case(text, word.name)) return word.statistic;
  }
  std::size_t start = text.find_first_of("0123456789.-(");
  if (start == std::string_view::npos || start == 0) return refuse(text, "there is no such statistic");
  std::string_view letters = text.substr(0, start), rest = text.substr(start);
  return rest.front() == '(' ? read_range(text, letters, rest) : read_one(text, letters, rest);
}

std::string statistic_name(const Statistic& statistic) {
  for (const Word& word : kWords) {
    if (statistic == word.statistic) return std::string(word.name);
  }
  for (const Letters& form : kLetters) {
    if (form.measure != statistic.measure) continue;
    if (statistic.shares && !statistic.low) return fmt::format("{}{}", form.one, number_text(*statistic.high));
    auto side = [&](std::optional<double> bound) {
      return bound ? number_text(*bound) + (statistic.shares ? "%" : "") : std::string();
    };
    return fmt::format("{}({}:{})", form.range, side(statistic.low), side(statistic.high));
  }
  return {};
}

std::uint64_t samples_needed(const Statistic& statistic) {
  if (statistic.measure != Measure::percentile) return 0;
  double share = *statistic.high;
  if (share <= 0 || share >= 100) return 0;
  double least = 1000 / (share >= 50 ? 100 - share : share);
  // 100 - 99.9 is a little more than 0.1: what is nearly whole is meant whole.
  return static_cast<std::uint64_t>(std::ceil(least - 1e-6 * least / 100));
}

}  // namespace vedette
