#pragma once
// A YAML file as plain data: what yaml_reader.cc makes and Node walks over. Aliases and merge keys are resolved: the
// same item may hang in several places, never within itself.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/node.h"

namespace vedette {

using ItemId = std::uint32_t;
inline constexpr ItemId kNoItem = UINT32_MAX;
inline constexpr std::size_t kMostProblems = 1000;  // of a file; nobody reads on

struct Item {
  Node::Kind kind = Node::Kind::null;
  bool quoted = false;  // text for sure, not a number or a truth
  bool binary = false;  // its bytes came as base64
  bool secret = false;  // must not be shown; set by the reader who knows
  bool url = false;     // is a URL, with or without its scheme; likewise
  int line = 0;
  std::uint32_t first = 0, count = 0;  // of its entries, of a map or a list
  std::string_view text;               // of a scalar, without variables replaced; kept by the tree
};

/// A member of a map, or an element of a list (which has no key).
struct Entry {
  ItemId key;
  ItemId value;
};

class Tree {
 public:
  std::vector<Item> items;
  std::vector<Entry> entries;
  ItemId root = kNoItem;

  Item& operator[](ItemId id) { return items[id]; }
  const Item& operator[](ItemId id) const { return items[id]; }
  const Entry* begin(ItemId id) const { return entries.data() + items[id].first; }
  const Entry* end(ItemId id) const { return begin(id) + items[id].count; }

  /// Copies the text to where it stays as long as the tree. Of names that come often one copy is kept.
  std::string_view keep(std::string_view text);
  std::string_view keep_name(std::string_view name);

 private:
  std::deque<std::string> blocks_;
  std::unordered_set<std::string_view> names_;
};

/// Where a member of a map stands: a scalar at its own line, anything larger where its key is.
int member_line(const Tree& tree, const Entry& entry);

/// "modules.web" and "http" make "modules.web.http"; a key that is no plain word is put in quotes.
std::string member_path(const std::string& parent, std::string_view key);
std::string element_path(const std::string& parent, std::size_t index);

}  // namespace vedette
