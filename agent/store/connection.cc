#include "store/connection.h"

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
const std::string kEmpty;

void append_without_nul(std::string& clean, std::string_view text) {
  for (const char c : text) {
    if (c == '\0') {
      clean += kReplacement;
    } else {
      clean += c;
    }
  }
}

}  // namespace

std::int64_t as_integer(const Cell& cell) {
  const auto* value = std::get_if<std::int64_t>(&cell);
  return value ? *value : 0;
}

const std::string& as_text(const Cell& cell) {
  const auto* value = std::get_if<std::string>(&cell);
  return value ? *value : kEmpty;
}

const std::string& as_bytes(const Cell& cell) {
  const auto* value = std::get_if<Bytes>(&cell);
  return value ? value->bytes : kEmpty;
}

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (const auto broken = find_invalid_utf8(text)) {
    append_without_nul(clean, text.substr(0, *broken));
    clean += kReplacement;
    text.remove_prefix(*broken + 1);
  }
  append_without_nul(clean, text);
  return clean;
}

}  // namespace vedette
