#include "store/label_json.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "base/text.h"

namespace vedette {
namespace {

void append_string(std::string& json, std::string_view text) {
  json += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

bool skip(std::string_view& text, char wanted) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n' || text[0] == '\r'))
    text.remove_prefix(1);
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

void append_utf8(std::string& text, unsigned point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | (point >> 6));
    text += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    text += static_cast<char>(0xe0 | (point >> 12));
    text += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    text += static_cast<char>(0x80 | (point & 0x3f));
  }
}

/// What follows a backslash.
bool take_escape(std::string_view& text, std::string& into) {
  if (text.empty()) return false;
  const char c = text[0];
  text.remove_prefix(1);
  constexpr std::string_view kLetters = "bfnrt", kMeant = "\b\f\n\r\t";
  if (const auto at = kLetters.find(c); at != std::string_view::npos) {
    into += kMeant[at];
  } else if (c == 'u') {
    const auto point = parse_int<unsigned>(text.substr(0, 4), 16);
    if (text.size() < 4 || !point || (*point >= 0xd800 && *point < 0xe000)) return false;
    append_utf8(into, *point);
    text.remove_prefix(4);
  } else {
    into += c;
  }
  return true;
}

std::optional<std::string> take_string(std::string_view& text) {
  if (!skip(text, '"')) return std::nullopt;
  std::string string;
  while (!text.empty()) {
    const char c = text[0];
    text.remove_prefix(1);
    if (c == '"') return string;
    if (c != '\\') {
      string += c;
    } else if (!take_escape(text, string)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string label_json(const Labels& labels) {
  std::string json = "{";
  for (const auto& [name, value] : labels) {
    if (json.size() > 1) json += ',';
    append_string(json, name);
    json += ':';
    append_string(json, value);
  }
  return json + '}';
}

Labels parse_label_json(std::string_view text) {
  Labels labels;
  if (!skip(text, '{')) return labels;
  do {
    auto name = take_string(text);
    if (!name || !skip(text, ':')) return labels;
    auto value = take_string(text);
    if (!value) return labels;
    labels.emplace_back(*std::move(name), *std::move(value));
  } while (skip(text, ','));
  return labels;
}

}  // namespace vedette
