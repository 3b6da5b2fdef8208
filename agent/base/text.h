#pragma once
// Small things done to text, each with one meaning and no locale. Nothing here allocates unless it returns a string.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace vedette {

/// Without the spaces, tabs and line ends around it.
std::string_view trim(std::string_view text);
/// The pieces between separators: "a,,b" gives three, "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// ASCII only, as protocols mean it.
std::string to_lower(std::string_view text);
bool equal_ignore_case(std::string_view a, std::string_view b);
bool starts_with_ignore_case(std::string_view text, std::string_view start);

/// The whole text as a number, without white space or a plus sign; none when it is no number or does not fit.
template <class Int>
std::optional<Int> parse_int(std::string_view text, int base = 10) {
  Int value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `%41` becomes A; none when a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);
/// The same for a name or value of a query, where `+` is a space.
std::optional<std::string> query_decode(std::string_view text);

/// RFC 4648 with padding.
std::string base64_encode(std::string_view bytes);
/// White space is skipped; none when anything else is wrong.
std::optional<std::string> base64_decode(std::string_view text);
/// Two lower case digits a byte.
std::string hex(std::string_view bytes);

/// FNV-1a, the hash of blackbox_exporter's probe_ip_addr_hash (32) and of our slots (64).
std::uint32_t fnv1a_32(std::string_view bytes);
std::uint64_t fnv1a_64(std::string_view bytes);

/// Where the text stops being UTF-8 (no overlong forms, no surrogates); none when it is UTF-8 to its end.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);
/// In double quotes and safe to show on one line: control characters, quotes and broken UTF-8 escaped, at most 80 bytes
/// or so.
std::string in_quotes(std::string_view text);
/// The text, or its first `most` bytes or so with a word on how much is left out; never cut inside a UTF-8 sequence.
std::string shortened(std::string text, std::size_t most);

}  // namespace vedette
