#pragma once
// The URL of a store, taken apart.

#include <optional>
#include <string>
#include <string_view>

namespace vedette {

struct StoreUrl {
  enum class Kind { sqlite, postgres };
  Kind kind = Kind::sqlite;
  std::string place;  // a path, ":memory:", or the whole URL
};

/// None: see broken_store_url.
std::optional<StoreUrl> parse_store_url(std::string_view url);

}  // namespace vedette
