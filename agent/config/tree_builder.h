#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/tree.h"

namespace vedette {

/// Why the rest of the text is not read.
struct Stop {
  int line;
  std::string rule;
};

/// Puts a Tree together from what comes first to last in the text. Nesting and what aliases expand to are bounded.
/// Every function that returns a Stop may refuse to go on; an empty rule means go on.
class TreeBuilder {
 public:
  TreeBuilder(std::string file, Tree& tree, std::vector<Problem>& problems)
      : file_(std::move(file)), tree_(tree), problems_(problems) {}

  using Anchor = std::size_t;  // zero: none

  void add_null(int line, Anchor anchor);
  void add_scalar(int line, Anchor anchor, std::string_view tag, std::string_view text);
  [[nodiscard]] Stop add_alias(int line, Anchor anchor);
  [[nodiscard]] Stop open(Node::Kind kind, int line, Anchor anchor, std::string_view tag);
  [[nodiscard]] Stop close();
  bool in_list() const { return !frames_.empty() && tree_[frames_.back().item].kind == Node::Kind::list; }

 private:
  /// A value that is complete: what it costs where it is used again, and how deep it goes.
  struct Whole {
    ItemId item = kNoItem;
    std::uint64_t weight = 0;
    int height = 0;
  };
  /// A map or list that is not complete. Its members so far lie in pending_, from `start` on.
  struct Frame {
    ItemId item;
    Anchor anchor;
    std::size_t start;
    ItemId key = kNoItem;
    std::uint64_t weight = 0;
    int height = 0;
  };

  ItemId add_item(Node::Kind kind, int line);
  void finish_value(const Whole& whole, Anchor anchor);
  void put(const Whole& whole);
  Stop check_expansion(int line, std::uint64_t weight);
  void check_keys(const Frame& frame);
  Stop merge(const Frame& frame);
  Stop merge_map(const Frame& frame, ItemId merge_key, ItemId source);
  std::string path() const;
  std::string path_of(ItemId key) const;
  int empty_line(int line) const;
  void reject(int line, std::string path, std::string rule);

  std::string file_;
  Tree& tree_;
  std::vector<Problem>& problems_;
  std::vector<Frame> frames_;
  std::vector<Entry> pending_;
  std::unordered_map<Anchor, Whole> anchors_;
  std::uint64_t expanded_ = 0;
};

}  // namespace vedette
