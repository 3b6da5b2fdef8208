#pragma once

#include <string>
#include <vector>

#include "model/alert.h"

namespace vedette {

/// The body of POST /api/v2/alerts. What is empty or zero is left out; text that is no UTF-8 is repaired.
std::string alerts_json(const std::vector<Alert>& alerts);

}  // namespace vedette
