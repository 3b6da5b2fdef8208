#include "config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <exception>
#include <istream>
#include <streambuf>
#include <utility>

#include "base/text.h"
#include "config/tree_builder.h"

namespace vedette {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;
constexpr std::size_t kMostItems = 4'000'000;

/// Thrown through the parser, which offers no other way to end early; caught a few lines below.
struct Stopped {
  Stop stop;
};

int line_of(const YAML::Mark& mark) { return mark.is_null() ? 1 : mark.line + 1; }

/// The text by its lines, to find what the parser's marks do not say.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at != std::string_view::npos; at = next(at)) starts_.push_back(at);
  }

  /// The line of the last thing before the mark, comments and blank lines apart.
  int before(const YAML::Mark& mark) const {
    std::size_t line = std::min<std::size_t>(mark.is_null() ? 0 : mark.line, starts_.size() - 1);
    std::string_view part = text_.substr(starts_[line]).substr(0, static_cast<std::size_t>(std::max(mark.column, 0)));
    while (line > 0 && blank(part)) {
      --line;
      part = text_.substr(starts_[line], starts_[line + 1] - starts_[line]);
    }
    return static_cast<int>(line) + 1;
  }

 private:
  std::size_t next(std::size_t at) const {
    const auto end = text_.find('\n', at);
    return end == std::string_view::npos ? end : end + 1;
  }
  static bool blank(std::string_view line) {
    const std::string_view rest = trim(line);
    return rest.empty() || rest.front() == '#';
  }

  std::string_view text_;
  std::vector<std::size_t> starts_;
};

/// Passes the parser's events on to the builder.
class Events final : public YAML::EventHandler {
 public:
  Events(TreeBuilder& builder, const Tree& tree, const Lines& lines) : builder_(builder), tree_(tree), lines_(lines) {}

  int documents = 0;
  YAML::Mark last_scalar;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents > 1) throw Stopped{{line_of(mark), "a second YAML document begins here; a file holds one"}};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_size(mark);
    builder_.add_null(builder_.in_list() ? lines_.before(mark) : line_of(mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    heed(builder_.add_alias(line_of(mark), anchor));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    check_size(mark);
    last_scalar = mark;
    builder_.add_scalar(line_of(mark), anchor, tag, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_size(mark);
    heed(builder_.open(Node::Kind::list, line_of(mark), anchor, tag));
  }
  void OnSequenceEnd() override { heed(builder_.close()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_size(mark);
    heed(builder_.open(Node::Kind::map, line_of(mark), anchor, tag));
  }
  void OnMapEnd() override { heed(builder_.close()); }

 private:
  static void heed(const Stop& stop) {
    if (!stop.rule.empty()) throw Stopped{stop};
  }
  void check_size(const YAML::Mark& mark) const {
    if (tree_.items.size() < kMostItems) return;
    throw Stopped{{line_of(mark), "the file holds more than 4 million values"}};
  }

  TreeBuilder& builder_;
  const Tree& tree_;
  const Lines& lines_;
};

/// Reads memory where it lies: a stringstream would copy it.
class MemoryBuffer final : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string& text) { setg(text.data(), text.data(), text.data() + text.size()); }
};

/// What the parser says, for people who do not know its insides.
std::string explain(const std::string& message) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTexts{{
      {"end of map not found", "this line does not fit into the map around it; is it indented like its neighbours?"},
      {"end of sequence not found",
       "this line does not fit into the list around it; is it indented like its neighbours?"},
      {"end of map flow not found", "a { is not closed, or a comma is missing"},
      {"end of sequence flow not found", "a [ is not closed, or a comma is missing"},
      {"illegal map value",
       "a key cannot stand here; is the line before complete, and does a value with \": \" have quotes?"},
      {"illegal EOF in scalar", "a quoted text is not closed"},
      {"illegal tab when looking for indentation", "a tab cannot indent; use spaces"},
      {"the referenced anchor is not defined", "no anchor of that name stands before this alias"},
      {"illegal block entry", "a list item cannot stand here"},
      {"unknown token", "a value cannot begin like this; put it in quotes"},
  }};
  for (const auto& [theirs, ours] : kTexts) {
    if (message == theirs) return std::string("not valid YAML: ").append(ours);
  }
  return "not valid YAML: " + message;
}

int line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

/// Why the text is not even looked at; an empty rule when it is.
Stop check_bytes(std::string_view text) {
  if (text.size() > kMostBytes) return {0, "the file is larger than 16 MiB"};
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return {1, "the file is UTF-16; save it as UTF-8"};
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return {line_at(text, nul), "the file holds a NUL byte; it is no text in UTF-8"};
  }
  if (const auto broken = find_invalid_utf8(text)) {
    return {line_at(text, *broken), "the file is not UTF-8 from here on"};
  }
  return {};
}

/// Line ends as YAML counts them: CR LF and CR alone are line ends too.
void use_plain_line_ends(std::string& text) {
  if (text.find('\r') == std::string::npos) return;
  std::size_t out = 0;
  for (std::size_t in = 0; in < text.size(); ++in) {
    if (text[in] == '\r' && in + 1 < text.size() && text[in + 1] == '\n') continue;
    text[out++] = text[in] == '\r' ? '\n' : text[in];
  }
  text.resize(out);
}

/// True when the scalar that begins here has an opening quote and no closing one. The parser takes the rest of the file
/// for its text then, so only the last scalar can be one.
bool is_unclosed(std::string_view text) {
  for (;;) {  // over an anchor and a tag
    text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
    if (text.empty() || (text[0] != '&' && text[0] != '!')) break;
    text.remove_prefix(std::min(text.find_first_of(" \n"), text.size()));
  }
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[0] == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      const bool doubled = text[0] == '\'' && i + 1 < text.size() && text[i + 1] == '\'';
      if (!doubled) return false;
      ++i;
    }
  }
  return true;
}

Stop parse_events(std::string& text, Events& events) {
  try {
    MemoryBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {}
    const auto start = static_cast<std::size_t>(std::max(events.last_scalar.pos, 0));
    if (!is_unclosed(std::string_view(text).substr(std::min(start, text.size())))) return {};
    return {line_of(events.last_scalar), explain("illegal EOF in scalar")};
  } catch (const Stopped& stopped) {
    return stopped.stop;
  } catch (const YAML::Exception& error) {
    return {line_of(error.mark), explain(error.msg)};
  } catch (const std::exception& error) {
    return {1, explain(error.what())};
  }
}

}  // namespace

Parsed parse_yaml(const std::string& file, std::string text) {
  Parsed parsed;
  const auto refuse = [&](Stop stop) {
    parsed.problems.push_back({file, stop.line, "", std::move(stop.rule)});
    parsed.tree = Tree();
  };
  if (Stop stop = check_bytes(text); !stop.rule.empty()) {
    refuse(std::move(stop));
    return parsed;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  use_plain_line_ends(text);
  const Lines lines(text);
  TreeBuilder builder(file, parsed.tree, parsed.problems);
  Events events(builder, parsed.tree, lines);
  if (Stop stop = parse_events(text, events); !stop.rule.empty()) {
    refuse(std::move(stop));
  } else if (parsed.tree.root == kNoItem || parsed.tree[parsed.tree.root].kind == Node::Kind::null) {
    refuse({1, "EOF: the file is empty"});
  }
  return parsed;
}

}  // namespace vedette
