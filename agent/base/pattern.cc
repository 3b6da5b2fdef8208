#include "base/pattern.h"

#include <re2/re2.h>

#include "base/text.h"

namespace vedette {

Result<Pattern> Pattern::compile(const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_shared<const re2::RE2>(text, options);
  if (!compiled->ok()) return Error{compiled->error()};
  return Pattern(text, std::move(compiled));
}

// Go reads a byte that is not UTF-8 as U+FFFD, which "." matches; RE2 would match nothing across it.
static std::string with_replacements(std::string_view text) {
  std::string whole;
  while (auto bad = find_invalid_utf8(text)) {
    whole.append(text.substr(0, *bad)).append("\xef\xbf\xbd");
    text.remove_prefix(*bad + 1);
  }
  return whole.append(text);
}

bool Pattern::found_in(std::string_view text) const {
  if (find_invalid_utf8(text)) {
    std::string readable = with_replacements(text);
    return re2::RE2::PartialMatch(readable, *compiled_);
  }
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace vedette
