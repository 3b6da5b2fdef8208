#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette {

/// Names and values, in the order in which they are to be shown.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// `name="value",name2="value2"` with \, " and newline escaped, as both exposition formats want it.
std::string label_text(const Labels& labels);
void append_label(std::string& text, std::string_view name, std::string_view value);

}  // namespace vedette
