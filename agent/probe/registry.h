#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "probe/prober.h"

namespace vedette {

/// The recipe of a module with that prober. Null if there is no such prober.
std::shared_ptr<const Recipe> read_recipe(std::string_view prober, const Node& options);

/// The words that may stand behind `prober:`, in order.
std::vector<std::string_view> prober_words();

}  // namespace vedette
