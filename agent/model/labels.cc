#include "model/labels.h"

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_escaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\': text += "\\\\"; break;
      case '"': text += "\\\""; break;
      case '\n': text += "\\n"; break;
      case '\0':
        text += kReplacement;  // Prometheus reads a NUL as the end of the page
        break;
      default: text += c;
    }
  }
}

}  // namespace

void append_label(std::string& text, std::string_view name, std::string_view value) {
  if (!text.empty()) text += ',';
  text += name;
  text += "=\"";
  // One value that is not UTF-8 (a certificate may say anything) would make Prometheus drop the whole page.
  while (const auto broken = find_invalid_utf8(value)) {
    append_escaped(text, value.substr(0, *broken));
    text += kReplacement;
    value.remove_prefix(*broken + 1);
  }
  append_escaped(text, value);
  text += '"';
}

std::string label_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) append_label(text, name, value);
  return text;
}

}  // namespace vedette
