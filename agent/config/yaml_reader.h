#pragma once

#include <string>
#include <vector>

#include "config/node.h"
#include "config/tree.h"

namespace vedette {

struct Parsed {
  Tree tree;  // without a root when the text is not YAML
  std::vector<Problem> problems;
};

/// The only function that talks to yaml-cpp. Takes any bytes, never throws, and needs time and memory in proportion to
/// the text: nesting, aliases and size are bounded.
Parsed parse_yaml(const std::string& file, std::string text);

}  // namespace vedette
