// The typed values of a Node. The words of numbers and truths are those that Go's YAML library takes, because
// blackbox_exporter's files must load as they are.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "config/document.h"
#include "config/node.h"
#include "config/variables.h"

namespace vedette {

/// A scalar with its variables replaced.
struct Node::Value {
  std::string text;
  bool replaced = false;  // its text came from the environment, at least in part: never quote it
  bool typed = true;      // may be a number or a truth: it had no quotes, or came from the environment
};

namespace {

constexpr std::array<std::string_view, 11> kTrue{"true", "True", "TRUE", "yes", "Yes", "YES",
                                                 "on",   "On",   "ON",   "y",   "Y"};
constexpr std::array<std::string_view, 11> kFalse{"false", "False", "FALSE", "no", "No", "NO",
                                                  "off",   "Off",   "OFF",   "n",  "N"};

bool among(const auto& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Without the underscores between digits.
std::string digits_of(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  return digits;
}

std::optional<double> parse_number(std::string_view text) {
  std::string digits = digits_of(text);
  if (digits.starts_with('+')) digits.erase(0, 1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
  return is_number && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// Decimal, 0x, 0o or 0b, with underscores; also 1e3, but not 010, of which nobody knows whether it means eight.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::string digits = digits_of(text);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16;
  if (digits.starts_with("0o") || digits.starts_with("0O")) base = 8;
  if (digits.starts_with("0b") || digits.starts_with("0B")) base = 2;
  if (base != 10) digits.erase(0, 2);
  if (digits.starts_with('-') || (base == 10 && digits.size() > 1 && digits[0] == '0' && digits[1] != '.'))
    return std::nullopt;
  if (const auto value = parse_int<std::int64_t>(negative ? "-" + digits : digits, base)) return value;
  const auto number = base == 10 ? parse_number(text) : std::nullopt;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!number || std::floor(*number) != *number || std::abs(*number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

struct SizeUnit {
  std::string_view name;
  int shift;
};
constexpr std::array kSizeUnits{SizeUnit{"KiB", 10}, SizeUnit{"MiB", 20}, SizeUnit{"GiB", 30}, SizeUnit{"TiB", 40},
                                SizeUnit{"PiB", 50}, SizeUnit{"EiB", 60}, SizeUnit{"KB", 10},  SizeUnit{"MB", 20},
                                SizeUnit{"GB", 30},  SizeUnit{"TB", 40},  SizeUnit{"PB", 50},  SizeUnit{"EB", 60},
                                SizeUnit{"B", 0}};

constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

/// "1.5GiB" or "1MB512KB"; none when it is no size. More than fits is the largest.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text == "0") return 0;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    double count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, count, std::chars_format::fixed);
    if (error != std::errc{} || stop != text.data() + end) return std::nullopt;
    text.remove_prefix(end);
    const auto unit =
        std::find_if(kSizeUnits.begin(), kSizeUnits.end(), [&](const SizeUnit& u) { return text.starts_with(u.name); });
    if (unit == kSizeUnits.end()) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total += std::ldexp(count, unit->shift);
  }
  if (negative || total >= 9.2e18) return kLargest;
  return static_cast<std::uint64_t>(total);
}

std::string range_rule(const auto& least, const auto& most, bool has_least, bool has_most) {
  if (!has_most) return fmt::format("must be {} or more", least);
  if (!has_least) return fmt::format("must be {} or less", most);
  return fmt::format("must be between {} and {}", least, most);
}

}  // namespace

/// The scalar here, or none: nothing is written here, or a problem was added.
std::optional<Node::Value> Node::value(std::string_view wanted) const {
  const Kind own = kind();
  if (own == Kind::missing || own == Kind::null) return std::nullopt;
  if (own != Kind::scalar) {
    reject(fmt::format("must be {}, found {}", wanted, own == Kind::list ? "a list" : "a map"));
    return std::nullopt;
  }
  const Item& item = *place_->found();
  if (item.binary || !place_->document->variables) {
    return Value{std::string(item.text), false, !item.binary && !item.quoted};
  }
  Replaced replaced = replace_variables(item.text);
  if (!replaced.problem.empty()) {
    reject(std::move(replaced.problem));
    return std::nullopt;
  }
  return Value{std::move(replaced.text), replaced.changed, !item.quoted || replaced.changed};
}

/// The same for numbers and truths, which are never in quotes.
std::optional<Node::Value> Node::untyped(std::string_view wanted) const {
  auto read = value(wanted);
  if (!read || read->typed) return read;
  reject(fmt::format("must be {}, found the text {} (remove the quotes)", wanted, in_quotes(read->text)));
  return std::nullopt;
}

/// What the environment says may be a secret: only what the file itself says is repeated.
void Node::reject_value(const Value& value, std::string_view wanted) const {
  reject(fmt::format("must be {}, found {}{}", wanted, in_quotes(place_->found()->text),
                     value.replaced ? ", whose variables make it something else" : ""));
}

std::string Node::text(std::string_view fallback) const {
  auto read = value("text");
  return read ? std::move(read->text) : std::string(fallback);
}

bool Node::flag(bool fallback) const {
  constexpr std::string_view kWanted = "true or false";
  const auto read = value(kWanted);
  if (!read) return fallback;
  const bool yes = among(kTrue, read->text), no = among(kFalse, read->text);
  if (!yes && !no) {
    reject_value(*read, kWanted);
  } else if (!read->typed && equal_ignore_case(read->text, yes ? "true" : "false")) {
    untyped(kWanted);  // "true" in quotes is text; "yes" is the word of an older YAML and means the same in quotes
  } else {
    return yes;
  }
  return fallback;
}

std::int64_t Node::integer(std::int64_t least, std::int64_t most, std::int64_t fallback) const {
  constexpr std::string_view kWanted = "a whole number";
  const auto read = untyped(kWanted);
  if (!read) return fallback;
  const auto number = parse_integer(read->text);
  if (!number) {
    reject_value(*read, kWanted);
    return fallback;
  }
  if (*number >= least && *number <= most) return *number;
  using Limits = std::numeric_limits<std::int64_t>;
  reject(range_rule(least, most, least != Limits::min(), most != Limits::max()));
  return fallback;
}

double Node::number(double least, double most, double fallback) const {
  constexpr std::string_view kWanted = "a number";
  const auto read = untyped(kWanted);
  if (!read) return fallback;
  auto number = parse_number(read->text);
  if (!number) {
    const auto whole = parse_integer(read->text);
    if (whole) number = static_cast<double>(*whole);
  }
  if (!number) {
    reject_value(*read, kWanted);
    return fallback;
  }
  if (*number >= least && *number <= most) return *number;
  reject(range_rule(least, most, std::isfinite(least), std::isfinite(most)));
  return fallback;
}

Duration Node::duration(Duration fallback) const {
  const auto read = value("a duration like 30s");
  if (!read) return fallback;
  const auto duration = parse_duration(read->text);
  if (!duration && read->replaced) {
    reject_value(*read, "a duration like 30s");
  } else if (!duration) {
    reject(duration.error().message);
  } else if (*duration < Duration::zero()) {
    reject("cannot be negative");
  } else {
    return *duration;
  }
  return fallback;
}

std::uint64_t Node::size(std::uint64_t fallback) const {
  constexpr std::string_view kWanted = "a size with its unit, like 10MB or 512B";
  const auto read = value(kWanted);
  if (!read) return fallback;
  const auto size = parse_size(read->text);
  if (!size) reject_value(*read, kWanted);
  return size.value_or(fallback);
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> texts;
  for (const Node& item : items()) texts.push_back(item.text());
  return texts;
}

Secret Node::secret() const {
  if (kind() != Kind::scalar) {
    value("text");  // for the problem, if it is one
    return {};
  }
  place_->document->tree[place_->item].secret = true;
  return Secret::value(text());
}

std::string Node::url() const {
  if (kind() != Kind::scalar) return text();
  Item& item = place_->document->tree[place_->item];
  item.url = true;
  std::string read = text();
  if (place_->document->variables && has_broken_variable(item.text)) {
    reject("holds a ${ that begins no variable; write ${NAME} or ${NAME:-default}");
  }
  return read;
}

}  // namespace vedette
