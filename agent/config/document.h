#pragma once
// What the Nodes of one file share.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/node.h"
#include "config/tree.h"

namespace vedette {

struct DocumentState {
  std::string file;
  Tree tree;
  bool variables = true;  // `${NAME}` and `$$` in its values mean something

  void add(Problem problem);
  /// Only the first problem at such a path counts.
  void add_once(Problem problem);
  const std::vector<Problem>& ordered();

 private:
  std::vector<Problem> problems_;
  std::unordered_set<std::string> seen_;  // what was already said
  bool ordered_ = true;
  bool full_ = false;
};

/// Where a Node stands, and what it was asked for. Its names lie in the tree.
struct NodePlace {
  std::shared_ptr<DocumentState> document;
  std::shared_ptr<NodePlace> parent;  // null: the root
  std::string_view key;               // of a member
  std::size_t index = 0;              // of an element
  bool element = false;
  ItemId item = kNoItem;  // none: missing
  int line = 1;
  std::vector<std::string_view> asked;
  bool all_asked = false;

  const Item* found() const { return item == kNoItem ? nullptr : &document->tree[item]; }
  std::string path() const;
};

/// An item and what is below it as YAML again, without secrets.
std::string shown(const Tree& tree, ItemId item);

}  // namespace vedette
