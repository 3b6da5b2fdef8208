#pragma once

#include <map>
#include <string>

#include "config/config.h"

namespace vedette {

/// Reads a `modules:` block in blackbox_exporter's grammar into `modules`. A name that is there already is a problem.
void read_modules(const Node& node, std::map<std::string, ModuleConfig>& modules);

/// What a timeout may be, wherever one is written: more than nothing, and not so much that a target is forgotten.
Duration read_timeout(const Node& node, Duration fallback);

}  // namespace vedette
