#pragma once
// Labels as both databases keep and search them: one flat JSON object.

#include <string>
#include <string_view>

#include "model/labels.h"

namespace vedette {

/// {"severity":"page","team":"web"}, in the order of the labels. They must be UTF-8 without NUL.
std::string label_json(const Labels& labels);
/// What label_json wrote, also when a database or a person has put spaces into it. What is no such text gives what
/// could be read of it.
Labels parse_label_json(std::string_view text);

}  // namespace vedette
