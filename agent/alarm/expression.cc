#include "alarm/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace vedette {
namespace {

using Node = Expression::Node;
using Kind = Node::Kind;

constexpr std::string_view kOneExpected =
    "ALARM(name), OK(name), INSUFFICIENT_DATA(name), AT_LEAST(...), TRUE, FALSE, NOT or an opening bracket";

Node node_of(Kind kind) {
  Node node;
  node.kind = kind;
  return node;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool ends_word(char c) { return is_space(c) || c == '(' || c == ')' || c == ',' || c == '"'; }

std::optional<AlarmState> state_of(std::string_view word) {
  if (equal_ignore_case(word, "ALARM")) return AlarmState::alarm;
  if (equal_ignore_case(word, "OK")) return AlarmState::ok;
  if (equal_ignore_case(word, "INSUFFICIENT_DATA")) return AlarmState::insufficient_data;
  return std::nullopt;
}

// By descent. The first thing that is wrong is kept in `error`, and then everything returns at once.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Node> whole() {
    auto node = rule(0);
    if (node && !at_end()) node = expected("AND, OR or the end");
    return node;
  }
  const std::string& error() const { return error_; }

 private:
  std::optional<Node> rule(int depth) { return chain(depth, "OR", Kind::either); }

  // One or more parts with the same word between them.
  std::optional<Node> chain(int depth, std::string_view word, Kind kind) {
    Node all = node_of(kind);
    do {
      auto part = kind == Kind::either ? chain(depth, "AND", Kind::both) : one(depth);
      if (!part) return std::nullopt;
      all.parts.push_back(std::move(*part));
    } while (take_word(word));
    if (all.parts.size() > 1) return all;
    Node only = std::move(all.parts.front());
    return only;
  }

  std::optional<Node> one(int depth) {
    skip_space();
    if (depth >= Expression::kMostDepth) return fail(fmt::format("deeper than {} levels", Expression::kMostDepth));
    if (take('(')) {
      auto inner = rule(depth + 1);
      if (inner && !take(')')) return expected("AND, OR or a closing bracket");
      return inner;
    }
    if (take_word("NOT")) {
      auto inner = one(depth + 1);
      if (!inner) return std::nullopt;
      Node node = node_of(Kind::invert);
      node.parts.push_back(std::move(*inner));
      return node;
    }
    for (bool value : {true, false}) {
      if (!take_word(value ? "TRUE" : "FALSE")) continue;
      Node node = node_of(Kind::always);
      node.positive = value;
      return node;
    }
    if (take_word("AT_LEAST")) return at_least();
    auto state = take_state();
    if (!state) return expected(kOneExpected);
    return state_function(*state);
  }

  std::optional<Node> state_function(AlarmState state) {
    Node node = node_of(Kind::state);
    node.state = state;
    if (!take('(')) return expected("an opening bracket");
    if (!take_name(node.names)) return std::nullopt;
    if (!take(')')) return expected("a closing bracket (a name with a space in it needs double quotes)");
    return node;
  }

  std::optional<Node> at_least() {
    Node node = node_of(Kind::at_least);
    if (!take('(')) return expected("an opening bracket");
    skip_space();
    std::size_t count_at = at_;
    std::string_view count = take_bare();
    node.percent = count.ends_with('%');
    if (node.percent) count.remove_suffix(1);
    auto needed = parse_int<int>(count);
    if (!needed || *needed < 1 || (node.percent && *needed > 100)) {
      at_ = count_at;
      return expected("a whole number from 1 on, or a percentage from 1% to 100%");
    }
    node.needed = *needed;
    if (!take(',')) return expected("a comma");
    node.positive = !take_word("NOT");
    auto state = take_state();
    if (!state) return expected("ALARM, OK or INSUFFICIENT_DATA, or NOT and one of them");
    node.state = *state;
    if (!take(',')) return expected("a comma");
    if (!take('(')) return expected("an opening bracket and the names");
    do {
      if (!take_name(node.names)) return std::nullopt;
    } while (take(','));
    if (!take(')')) return expected("a comma or a closing bracket");
    if (!take(')')) return expected("a closing bracket");
    if (!node.percent && node.needed > static_cast<double>(node.names.size())) {
      at_ = count_at;
      return fail(fmt::format("{} of {} alarms can never be", *needed, node.names.size()));
    }
    return node;
  }

  bool take_name(std::vector<std::string>& names) {
    skip_space();
    std::string name;
    if (take('"')) {
      std::size_t quote_at = at_ - 1;
      for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
        name += text_[escape ? ++at_ : at_];
      }
      if (at_ == text_.size()) {
        at_ = quote_at;
        fail("the quotes are never closed");
        return false;
      }
      ++at_;
    } else {
      name = take_bare();
    }
    if (name.empty()) {
      expected("the name of an alarm");
      return false;
    }
    names.push_back(std::move(name));
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // What stands here up to the next space, bracket, comma or quote.
  std::string_view peek_bare() {
    skip_space();
    std::size_t end = at_;
    while (end < text_.size() && !ends_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  std::string_view take_bare() {
    std::string_view word = peek_bare();
    at_ += word.size();
    return word;
  }
  bool take_word(std::string_view word) {
    if (!equal_ignore_case(peek_bare(), word)) return false;
    at_ += word.size();
    return true;
  }
  std::optional<AlarmState> take_state() {
    auto state = state_of(peek_bare());
    if (state) take_bare();
    return state;
  }

  std::nullopt_t expected(std::string_view what) {
    if (at_end()) return fail(fmt::format("expected {}, but the rule ends", what));
    std::string_view found = peek_bare();
    if (found.empty()) found = text_.substr(at_, 1);
    return fail(fmt::format("expected {}, found {}", what, in_quotes(found)));
  }
  std::nullopt_t fail(std::string_view what) {
    if (error_.empty()) error_ = fmt::format("rule, at {}: {}", at_ + 1, what);
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

AlarmState state_in(const AlarmStates& states, const std::string& name) {
  auto known = states.find(name);
  return known == states.end() ? AlarmState::insufficient_data : known->second;
}

bool holds_here(const Node& node, const AlarmStates& states) {
  auto part_holds = [&](const Node& part) { return holds_here(part, states); };
  switch (node.kind) {
    case Kind::always: return node.positive;
    case Kind::state: return state_in(states, node.names.front()) == node.state;
    case Kind::invert: return !holds_here(node.parts.front(), states);
    case Kind::both: return std::all_of(node.parts.begin(), node.parts.end(), part_holds);
    case Kind::either: return std::any_of(node.parts.begin(), node.parts.end(), part_holds);
    case Kind::at_least: break;
  }
  auto hits = std::count_if(node.names.begin(), node.names.end(), [&](const std::string& name) {
    return (state_in(states, name) == node.state) == node.positive;
  });
  double all = static_cast<double>(node.names.size());
  return static_cast<double>(hits) * (node.percent ? 100 : 1) >= node.needed * (node.percent ? all : 1);
}

void gather(const Node& node, std::vector<std::string>& names) {
  for (const std::string& name : node.names) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const Node& part : node.parts) gather(part, names);
}

}  // namespace

Result<Expression> Expression::parse(std::string_view text) {
  if (text.size() > kMostLength) {
    return Error{fmt::format("rule: {} bytes, more than the {} that are allowed", text.size(), kMostLength)};
  }
  Parser parser(text);
  auto root = parser.whole();
  if (!root) return Error{parser.error()};
  return Expression(std::move(*root));
}

bool Expression::holds(const AlarmStates& states) const { return holds_here(root_, states); }

std::vector<std::string> Expression::names() const {
  std::vector<std::string> names;
  gather(root_, names);
  return names;
}

}  // namespace vedette
