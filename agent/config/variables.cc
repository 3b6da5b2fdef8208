#include "config/variables.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;  // a value that refers to a long variable often is a mistake or an attack
constexpr std::size_t kLongestFallback = 4096;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct Reference {
  std::string name;
  std::optional<std::string_view> fallback;
  std::size_t length;  // of the whole, from `$` to `}`
};

/// The reference at the beginning of the text, which begins with "${".
std::optional<Reference> read_reference(std::string_view text) {
  std::size_t end = 2;
  while (end < text.size() && (is_letter(text[end]) || (end > 2 && text[end] >= '0' && text[end] <= '9'))) ++end;
  if (end == 2 || end == text.size()) return std::nullopt;
  const std::string name(text.substr(2, end - 2));
  if (text[end] == '}') return Reference{name, std::nullopt, end + 1};
  if (!text.substr(end).starts_with(":-")) return std::nullopt;
  const auto close = text.substr(0, end + kLongestFallback).find('}', end);
  if (close == std::string_view::npos) return std::nullopt;
  return Reference{name, text.substr(end + 2, close - end - 2), close + 1};
}

}  // namespace

Replaced replace_variables(std::string_view text) {
  Replaced result;
  for (;;) {
    const auto dollar = text.find('$');
    result.text += text.substr(0, dollar);
    if (result.text.size() > kMostBytes) return {"", "is longer than 16 MiB with its variables replaced", true};
    if (dollar == std::string_view::npos) return result;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      result.text += '$';
      text.remove_prefix(2);
      continue;
    }
    const auto reference = text.starts_with("${") ? read_reference(text) : std::nullopt;
    if (!reference) {
      result.text += '$';
      text.remove_prefix(1);
      continue;
    }
    const char* value = std::getenv(reference->name.c_str());
    if (value == nullptr && !reference->fallback) {
      return {"", "the environment variable " + reference->name + " is not set", true};
    }
    if (value == nullptr || *value == '\0') {
      result.text += reference->fallback.value_or("");
    } else if (!find_invalid_utf8(value)) {
      result.text += value;
    } else {
      return {"", "the environment variable " + reference->name + " is not UTF-8", true};
    }
    result.changed = true;
    text.remove_prefix(reference->length);
  }
}

bool has_broken_variable(std::string_view text) {
  for (auto dollar = text.find('$'); dollar != std::string_view::npos; dollar = text.find('$')) {
    text.remove_prefix(dollar);
    if (text.starts_with("${") && !read_reference(text)) return true;
    text.remove_prefix(std::min<std::size_t>(text.starts_with("$$") ? 2 : 1, text.size()));
  }
  return false;
}

}  // namespace vedette
