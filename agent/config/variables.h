#pragma once

#include <string>
#include <string_view>

namespace vedette {

/// A text with the environment's values in place of `${NAME}`.
struct Replaced {
  std::string text;
  std::string problem;   // not empty: why there is no text
  bool changed = false;  // a variable was replaced
};

/// `${NAME}` and `${NAME:-default}`, where NAME is letters, digits and _; `$$` is a dollar; any other `$` stays, so
/// that `${1}` and `^a$` keep their meaning in regular expressions.
Replaced replace_variables(std::string_view text);

/// A `${` that begins no variable. Where braces have no business it is a slip.
bool has_broken_variable(std::string_view text);

}  // namespace vedette
