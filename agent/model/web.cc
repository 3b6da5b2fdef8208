#include "model/web.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace vedette {
namespace {

/// Decodes what can be decoded: a `%` without two hexadecimal digits stays as it is.
std::string decode_leniently(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const std::size_t length = text[0] == '%' ? std::min<std::size_t>(3, text.size()) : 1;
    const auto piece = query_decode(text.substr(0, length));
    decoded += piece ? *piece : std::string(text.substr(0, 1));
    text.remove_prefix(piece ? length : 1);
  }
  return decoded;
}

/// What stands after the first `name=`, undecoded; `name` alone is an empty value.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name) {
  for (const std::string_view piece : split(query, '&')) {
    const auto equals = piece.find('=');
    if (piece.empty() || decode_leniently(piece.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view WebRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignore_case(key, name)) return value;
  }
  return {};
}

std::string WebRequest::parameter(std::string_view name) const {
  const auto raw = find_parameter(query, name);
  return raw ? decode_leniently(*raw) : std::string{};
}

bool WebRequest::has_parameter(std::string_view name) const { return find_parameter(query, name).has_value(); }

}  // namespace vedette
