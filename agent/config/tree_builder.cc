#include "config/tree_builder.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"

namespace vedette {
namespace {

constexpr int kDeepest = 100;
constexpr std::uint64_t kMostExpanded = 64 << 20;  // bytes, roughly, that aliases and merge keys may stand for
constexpr std::uint64_t kItemWeight = 32;
constexpr std::size_t kFewKeys = 16;  // so many are compared with each other, more are looked up
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

/// "str" of "tag:yaml.org,2002:str"; the tag itself when it is not one of YAML's own.
std::string_view short_tag(std::string_view tag) {
  return tag.starts_with(kTagPrefix) ? tag.substr(kTagPrefix.size()) : tag;
}

bool is_merge_key(const Item& key) { return !key.quoted && key.text == "<<"; }

}  // namespace

ItemId TreeBuilder::add_item(Node::Kind kind, int line) {
  tree_.items.push_back({.kind = kind, .line = line, .text = {}});
  return static_cast<ItemId>(tree_.items.size() - 1);
}

void TreeBuilder::add_null(int line, Anchor anchor) {
  finish_value({add_item(Node::Kind::null, empty_line(line)), kItemWeight, 0}, anchor);
}

void TreeBuilder::add_scalar(int line, Anchor anchor, std::string_view tag, std::string_view text) {
  const bool is_key = !frames_.empty() && !in_list() && frames_.back().key == kNoItem;
  const ItemId id = add_item(Node::Kind::scalar, line);
  const std::string_view type = short_tag(tag);
  if (text.empty() && !is_key) tree_[id].line = line = empty_line(line);
  std::string decoded;
  if (type == "binary") {
    auto bytes = base64_decode(text);
    if (!bytes) reject(line, path(), "is not base64, which !!binary demands");
    decoded = bytes.value_or("");
    text = decoded;
  } else if (!(type == "?" || type == "!" || type == "str" || type == "int" || type == "float" || type == "bool")) {
    reject(line, path(), "has the tag " + in_quotes(type) + ", which is not known here");
  }
  Item& item = tree_[id];
  item.quoted = type == "!" || type == "str" || type == "binary";
  item.binary = type == "binary";
  item.text = is_key ? tree_.keep_name(text) : tree_.keep(text);
  finish_value({id, kItemWeight + text.size(), 0}, anchor);
}

Stop TreeBuilder::add_alias(int line, Anchor anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) return {line, "an alias stands within the value it stands for"};
  const Whole whole = found->second;
  if (static_cast<int>(frames_.size()) + whole.height > kDeepest)
    return {line, "values are nested deeper than 100 levels"};
  if (Stop stop = check_expansion(line, whole.weight); !stop.rule.empty()) return stop;
  put(whole);
  return {};
}

Stop TreeBuilder::check_expansion(int line, std::uint64_t weight) {
  expanded_ += weight;
  if (expanded_ <= kMostExpanded) return {};
  return {line, "aliases and merge keys stand for more than 64 MiB"};
}

Stop TreeBuilder::open(Node::Kind kind, int line, Anchor anchor, std::string_view tag) {
  if (frames_.size() >= kDeepest) return {line, "values are nested deeper than 100 levels"};
  const std::string_view type = short_tag(tag);
  if (!(type.empty() || type == "?" || type == "!" || type == (kind == Node::Kind::map ? "map" : "seq"))) {
    reject(line, path(), "has the tag " + in_quotes(type) + ", which is not known here");
  }
  frames_.push_back({.item = add_item(kind, line), .anchor = anchor, .start = pending_.size()});
  return {};
}

Stop TreeBuilder::close() {
  const Frame frame = frames_.back();
  if (tree_[frame.item].kind == Node::Kind::map) {
    check_keys(frame);
    if (Stop stop = merge(frame); !stop.rule.empty()) return stop;
  }
  const std::uint64_t weight = frames_.back().weight;
  frames_.pop_back();
  const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(frame.start);
  tree_[frame.item].first = static_cast<std::uint32_t>(tree_.entries.size());
  tree_[frame.item].count = static_cast<std::uint32_t>(pending_.end() - first);
  tree_.entries.insert(tree_.entries.end(), first, pending_.end());
  pending_.resize(frame.start);
  finish_value({frame.item, weight + kItemWeight, frame.height + 1}, frame.anchor);
  return {};
}

void TreeBuilder::finish_value(const Whole& whole, Anchor anchor) {
  if (anchor != 0) anchors_[anchor] = whole;
  put(whole);
}

/// Where an empty value stands: the parser only knows where the next thing does.
int TreeBuilder::empty_line(int line) const {
  if (frames_.empty() || frames_.back().key == kNoItem) return line;
  return tree_[frames_.back().key].line;
}

/// Into the map or list that is open, as a key or a value, or as the whole document.
void TreeBuilder::put(const Whole& whole) {
  if (frames_.empty()) {
    tree_.root = whole.item;
    return;
  }
  Frame& frame = frames_.back();
  frame.weight += whole.weight;
  frame.height = std::max(frame.height, whole.height);
  if (in_list()) {
    pending_.push_back({kNoItem, whole.item});
  } else if (frame.key == kNoItem) {
    frame.key = whole.item;
  } else {
    pending_.push_back({frame.key, whole.item});
    frame.key = kNoItem;
  }
}

/// Takes out what cannot be a key, and the second value of a key that is given twice.
void TreeBuilder::check_keys(const Frame& frame) {
  const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(frame.start);
  const bool many = pending_.end() - begin > static_cast<std::ptrdiff_t>(kFewKeys);
  std::unordered_map<std::string_view, int> lines;
  auto kept = begin;
  const auto first_line = [&](std::string_view key, int line) {
    if (many) {
      const auto [at, is_new] = lines.try_emplace(key, line);
      return is_new ? 0 : at->second;
    }
    const auto same = std::find_if(begin, kept, [&](const Entry& entry) { return tree_[entry.key].text == key; });
    return same == kept ? 0 : tree_[same->key].line;
  };
  for (auto entry = begin; entry != pending_.end(); ++entry) {
    const Item& key = tree_[entry->key];
    if (key.kind != Node::Kind::scalar) {
      reject(key.line, path(),
             std::string("a key must be text, found ") + (key.kind == Node::Kind::null ? "nothing" : "a list or map"));
    } else if (const int line = first_line(key.text, key.line); line != 0) {
      reject(key.line, path_of(entry->key), "is given twice: already defined at line " + std::to_string(line));
    } else {
      *kept++ = *entry;
    }
  }
  pending_.erase(kept, pending_.end());
}

/// Replaces `<<` by the members of the maps it names, as far as the map has none of that name itself.
Stop TreeBuilder::merge(const Frame& frame) {
  const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(frame.start);
  const auto found = std::find_if(begin, pending_.end(), [&](const Entry& e) { return is_merge_key(tree_[e.key]); });
  if (found == pending_.end()) return {};
  const Entry entry = *found;
  pending_.erase(found);
  const Item& value = tree_[entry.value];
  if (value.kind == Node::Kind::map) return merge_map(frame, entry.key, entry.value);
  if (value.kind != Node::Kind::list) {
    reject(tree_[entry.key].line, path_of(entry.key), "must name a map, or a list of maps");
    return {};
  }
  for (std::uint32_t i = 0; i < value.count; ++i) {
    const ItemId source = (tree_.begin(entry.value) + i)->value;
    if (tree_[source].kind != Node::Kind::map) {
      reject(tree_[source].line, path_of(entry.key), "must name a map, or a list of maps");
    } else if (Stop stop = merge_map(frame, entry.key, source); !stop.rule.empty()) {
      return stop;
    }
  }
  return {};
}

Stop TreeBuilder::merge_map(const Frame& frame, ItemId merge_key, ItemId source) {
  // The values hang in both maps; what they hold was counted when the alias was read.
  const std::uint64_t weight = 2 * kItemWeight * (tree_[source].count + pending_.size() - frame.start);
  if (Stop stop = check_expansion(tree_[merge_key].line, weight); !stop.rule.empty()) return stop;
  std::unordered_set<std::string_view> own;
  for (std::size_t i = frame.start; i < pending_.size(); ++i) own.insert(tree_[pending_[i].key].text);
  for (const Entry* entry = tree_.begin(source); entry != tree_.end(source); ++entry) {
    if (own.insert(tree_[entry->key].text).second) pending_.push_back(*entry);
  }
  return {};
}

std::string TreeBuilder::path() const {
  std::string path;
  for (std::size_t depth = 0; depth < frames_.size(); ++depth) {
    const Frame& frame = frames_[depth];
    if (tree_[frame.item].kind == Node::Kind::list) {
      const std::size_t end = depth + 1 < frames_.size() ? frames_[depth + 1].start : pending_.size();
      path = element_path(path, end - frame.start);
    } else if (frame.key != kNoItem) {
      path = member_path(path, tree_[frame.key].text);
    }
  }
  return path;
}

/// Of a member of the map that is being closed.
std::string TreeBuilder::path_of(ItemId key) const { return member_path(path(), tree_[key].text); }

void TreeBuilder::reject(int line, std::string path, std::string rule) {
  if (problems_.size() > kMostProblems) return;
  problems_.push_back({file_, line, std::move(path), std::move(rule)});
}

}  // namespace vedette
