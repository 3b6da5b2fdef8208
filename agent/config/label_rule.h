#pragma once

#include "config/node.h"
#include "model/labels.h"

namespace vedette {

/// The labels of a map, over those that came before: same names are replaced, an empty value takes a label away.
Labels read_labels(const Node& node, const Labels& before);

}  // namespace vedette
