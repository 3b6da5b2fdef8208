#pragma once
// The RE2 door: regular expressions in the grammar of Go's, matched in linear time. Any thread.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace vedette {

/// Compiled once, shared by its copies.
class Pattern {
 public:
  static Result<Pattern> compile(const std::string& text);

  /// Unanchored, over bytes that need not be UTF-8.
  bool found_in(std::string_view text) const;
  const std::string& text() const { return text_; }

 private:
  Pattern(std::string text, std::shared_ptr<const re2::RE2> compiled)
      : text_(std::move(text)), compiled_(std::move(compiled)) {}
  std::string text_;
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace vedette
