#include "config/tree.h"

#include <algorithm>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

bool plain_word(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '<' || c == '/';
  });
}

}  // namespace

std::string_view Tree::keep(std::string_view text) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back().reserve(std::max(kBlockBytes, text.size()));
  }
  std::string& block = blocks_.back();  // has the room: what lies in it never moves
  const std::size_t start = block.size();
  block.append(text);
  return std::string_view(block).substr(start);
}

std::string_view Tree::keep_name(std::string_view name) {
  const auto found = names_.find(name);
  return found != names_.end() ? *found : *names_.insert(keep(name)).first;
}

int member_line(const Tree& tree, const Entry& entry) {
  const Item& value = tree[entry.value];
  return value.kind == Node::Kind::scalar ? value.line : tree[entry.key].line;
}

std::string member_path(const std::string& parent, std::string_view key) {
  std::string path = parent;
  if (!path.empty()) path += '.';
  return plain_word(key) ? path.append(key) : path + in_quotes(key);
}

std::string element_path(const std::string& parent, std::size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

}  // namespace vedette
