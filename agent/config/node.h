#pragma once
// The YAML door: a value that knows where it stands, read without exceptions. What is wrong with it is added to the
// document's problems, and the reader gets a usable default, so that one pass finds every error of a file.
//
//   http.method = node.at("method").text("GET");
//   for (Node code : node.at("valid_status_codes").items()) http.codes.push_back(code.integer(100, 599, 200));
//   node.finish();      // keys that nobody asked for are problems

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace vedette {

struct DocumentState;
struct NodePlace;

/// One thing wrong in one place.
struct Problem {
  std::string file;
  int line = 0;      // 0: the file as a whole
  std::string path;  // "targets[3].url"; may be empty
  std::string rule;
  /// "file:line: path: rule", without the parts that are not known.
  std::string text() const;
};

/// Cheap to copy; keeps its document alive. Not for two threads at once.
/// Copies share what was asked of them; the same place reached twice from its parent does not (see finish).
class Node {
 public:
  enum class Kind : std::uint8_t { missing, null, scalar, list, map };

  /// A node of no document: everything about it is missing, and problems with it are dropped.
  Node() = default;

  Kind kind() const;
  bool present() const { return kind() != Kind::missing; }
  std::string path() const;
  /// A scalar's own line; of a map or list that has a key, the key's. Of a missing node: its parent's.
  int line() const;
  std::string file() const;

  /// The member of that name, possibly missing. The key becomes known (see finish). A list or scalar has no members,
  /// and is a problem; null has none, and is not.
  Node at(std::string_view key) const;
  /// The members of a map with keys of the user's choice; all become known. A list or scalar is a problem.
  std::vector<std::pair<std::string, Node>> members() const;
  /// The elements of a list; missing and null give none. Anything else is a problem.
  std::vector<Node> items() const;

  /// Scalars; `${NAME}` is replaced, unless the document is taken literally. Missing or null gives the fallback; a
  /// wrong type is a problem and gives it too.
  std::string text(std::string_view fallback = "") const;
  bool flag(bool fallback) const;
  std::int64_t integer(std::int64_t least, std::int64_t most, std::int64_t fallback) const;
  double number(double least, double most, double fallback) const;
  Duration duration(Duration fallback) const;  // negative is a problem
  /// "10MB", "128B", "1.5GiB": units of 1024 either way, as blackbox_exporter counts. A negative size is the largest.
  std::uint64_t size(std::uint64_t fallback) const;
  std::vector<std::string> texts() const;  // a list of scalars
  /// A value that must never be shown: marks it so for Document::shown.
  Secret secret() const;
  /// A value of which only the password of a URL is secret; messages never quote it.
  std::string url() const;

  /// True of a map. False of a list or scalar, which is a problem, and of nothing.
  bool has_members() const;

  /// This value as YAML again, as Document::shown has it.
  std::string shown() const;

  /// Adds a problem here. Of a scalar, or of what is missing, only the first counts: what follows from it would only
  /// confuse.
  void reject(std::string rule) const;
  /// Every key of this map that nobody asked this Node (or a copy of it) for becomes a problem. Call once, last.
  void finish() const;

 private:
  friend class Document;
  struct Value;
  explicit Node(std::shared_ptr<NodePlace> place) : place_(std::move(place)) {}
  std::optional<Value> value(std::string_view wanted) const;
  std::optional<Value> untyped(std::string_view wanted) const;
  void reject_value(const Value& value, std::string_view wanted) const;

  std::shared_ptr<NodePlace> place_;
};

/// A YAML file in memory.
class Document {
 public:
  /// Takes any bytes. A syntax error is a problem, and the root is then a missing node; a key given twice is a problem
  /// too, but the rest can be read (the first one counts).
  static Document read(const std::string& file, std::string text);
  /// A file that is none: it has this problem and nothing else.
  static Document failed(const std::string& file, std::string rule);

  /// Ask finish of the same Node (or a copy) that was asked for the members.
  Node root() const;
  bool readable() const { return root().present(); }
  /// From now on every `$` in its values means itself, as in blackbox_exporter's own files.
  void take_literally();
  const std::string& file() const;
  /// In the order of the lines, each once.
  const std::vector<Problem>& problems() const&;
  const std::vector<Problem>& problems() && = delete;
  /// The file again as YAML: comments gone, secrets as `<secret>`, passwords in URLs as `xxxxx`, `${NAME}` unexpanded.
  /// Beside what was read with secret(), values whose key speaks of a password, token or the like are secrets.
  std::string shown() const;

 private:
  std::shared_ptr<DocumentState> state_;
};

}  // namespace vedette
