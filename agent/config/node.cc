#include "config/node.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "config/document.h"
#include "config/suggest.h"
#include "config/yaml_reader.h"

namespace vedette {
namespace {

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::missing: return "nothing";
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "a single value";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
  }
  return "";
}

std::shared_ptr<NodePlace> member(const std::shared_ptr<NodePlace>& parent, const Entry* entry, std::string_view key) {
  auto place = std::make_shared<NodePlace>();
  place->document = parent->document;
  place->parent = parent;
  place->key = key;
  place->line = entry == nullptr ? parent->line : member_line(parent->document->tree, *entry);
  place->item = entry == nullptr ? kNoItem : entry->value;
  return place;
}

std::shared_ptr<NodePlace> element(const std::shared_ptr<NodePlace>& parent, const Entry& entry, std::size_t index) {
  auto place = std::make_shared<NodePlace>();
  place->document = parent->document;
  place->parent = parent;
  place->index = index;
  place->element = true;
  place->item = entry.value;
  place->line = parent->document->tree[entry.value].line;
  return place;
}

bool asked_for(const NodePlace& place, std::string_view key) {
  return place.all_asked || std::find(place.asked.begin(), place.asked.end(), key) != place.asked.end();
}

}  // namespace

std::string Problem::text() const {
  std::string text = file + ":";
  if (line > 0) text += std::to_string(line) + ":";
  if (!path.empty()) text += " " + path + ":";
  return text + " " + rule;
}

void DocumentState::add(Problem problem) {
  if (full_ || !seen_.insert(problem.text()).second) return;
  if (problems_.size() >= kMostProblems) {
    full_ = true;
    problem = {file, problem.line, "", "there are more problems than the " + std::to_string(kMostProblems) + " above"};
  }
  ordered_ = ordered_ && (problems_.empty() || problems_.back().line <= problem.line);
  problems_.push_back(std::move(problem));
}

void DocumentState::add_once(Problem problem) {
  if (seen_.insert(problem.path).second) add(std::move(problem));
}

const std::vector<Problem>& DocumentState::ordered() {
  if (!ordered_) {
    // The last word, that there are more, stays the last.
    const auto end = problems_.end() - (full_ ? 1 : 0);
    std::stable_sort(problems_.begin(), end, [](const Problem& a, const Problem& b) { return a.line < b.line; });
    ordered_ = true;
  }
  return problems_;
}

std::string NodePlace::path() const {
  if (!parent) return "";
  const std::string above = parent->path();
  return element ? element_path(above, index) : member_path(above, key);
}

Node::Kind Node::kind() const {
  const Item* item = place_ ? place_->found() : nullptr;
  return item == nullptr ? Kind::missing : item->kind;
}

std::string Node::path() const { return place_ ? place_->path() : ""; }

int Node::line() const { return place_ ? place_->line : 0; }

std::string Node::file() const { return place_ ? place_->document->file : ""; }

/// False, after saying so, of a value that cannot have members.
bool Node::has_members() const {
  const Kind own = kind();
  if (own == Kind::scalar || own == Kind::list) reject("must be a map, found " + std::string(kind_name(own)));
  return own == Kind::map;
}

Node Node::at(std::string_view key) const {
  if (!place_) return {};
  Tree& tree = place_->document->tree;
  const std::string_view name = tree.keep_name(key);
  if (!has_members()) return Node(member(place_, nullptr, name));
  if (!asked_for(*place_, name)) place_->asked.push_back(name);
  const auto found = std::find_if(tree.begin(place_->item), tree.end(place_->item),
                                  [&](const Entry& e) { return tree[e.key].text == name; });
  return Node(member(place_, found == tree.end(place_->item) ? nullptr : found, name));
}

std::vector<std::pair<std::string, Node>> Node::members() const {
  std::vector<std::pair<std::string, Node>> members;
  if (!place_ || !has_members()) return members;
  const Tree& tree = place_->document->tree;
  place_->all_asked = true;
  members.reserve(tree[place_->item].count);
  for (const Entry* entry = tree.begin(place_->item); entry != tree.end(place_->item); ++entry) {
    const std::string_view key = tree[entry->key].text;
    members.emplace_back(key, Node(member(place_, entry, key)));
  }
  return members;
}

std::vector<Node> Node::items() const {
  std::vector<Node> items;
  const Kind own = kind();
  if (own == Kind::scalar || own == Kind::map) reject("must be a list, found " + std::string(kind_name(own)));
  if (own != Kind::list) return items;
  const Tree& tree = place_->document->tree;
  items.reserve(tree[place_->item].count);
  for (const Entry* entry = tree.begin(place_->item); entry != tree.end(place_->item); ++entry) {
    items.push_back(Node(element(place_, *entry, items.size())));
  }
  return items;
}

void Node::reject(std::string rule) const {
  if (!place_) return;
  Problem problem{file(), line(), path(), std::move(rule)};
  if (kind() == Kind::scalar || kind() == Kind::missing) {
    place_->document->add_once(std::move(problem));
  } else {
    place_->document->add(std::move(problem));
  }
}

void Node::finish() const {
  if (!place_ || !has_members()) return;
  const Tree& tree = place_->document->tree;
  for (const Entry* entry = tree.begin(place_->item); entry != tree.end(place_->item); ++entry) {
    const std::string_view key = tree[entry->key].text;
    if (asked_for(*place_, key)) continue;
    const auto meant = closest(key, place_->asked);
    const std::string hint = meant.empty() ? "" : " (did you mean " + in_quotes(meant) + "?)";
    std::string rule = "unknown key: field " + std::string(key) + " not found" + hint;
    place_->document->add({file(), tree[entry->key].line, member_path(path(), key), std::move(rule)});
  }
}

Document Document::read(const std::string& file, std::string text) {
  Document document;
  document.state_ = std::make_shared<DocumentState>();
  Parsed parsed = parse_yaml(file, std::move(text));
  document.state_->file = file;
  document.state_->tree = std::move(parsed.tree);
  for (Problem& problem : parsed.problems) document.state_->add(std::move(problem));
  return document;
}

Document Document::failed(const std::string& file, std::string rule) {
  Document document;
  document.state_ = std::make_shared<DocumentState>();
  document.state_->file = file;
  document.state_->add({file, 0, "", std::move(rule)});
  return document;
}

Node Document::root() const {
  if (!state_) return {};
  auto place = std::make_shared<NodePlace>();
  place->document = state_;
  place->item = state_->tree.root;
  if (const Item* item = place->found()) place->line = item->line;
  return Node(std::move(place));
}

void Document::take_literally() { state_->variables = false; }

const std::string& Document::file() const { return state_->file; }

const std::vector<Problem>& Document::problems() const& { return state_->ordered(); }

std::string Document::shown() const { return vedette::shown(state_->tree, state_->tree.root); }

std::string Node::shown() const {
  return place_ && place_->document ? vedette::shown(place_->document->tree, place_->item) : "";
}

}  // namespace vedette
