#pragma once

#include <string>

#include "page/json.h"
#include "support/catch.h"

namespace vedette::test {

/// What a test wrote as JSON.
inline Json json(const std::string& text) {
  auto parsed = Json::parse(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace vedette::test
