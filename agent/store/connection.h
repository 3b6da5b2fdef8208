#pragma once
// One interface, two databases: what the store needs of SQL. The store's thread only.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace vedette {

struct Bytes {
  std::string bytes;
};
using Cell = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using Row = std::vector<Cell>;

/// What stands in the way, by what helps against it.
enum class Trouble {
  none,
  down,      // time: the database is away, busy, full or read-only
  sql,       // another schema: a table is missing, or it is not ours to touch
  data,      // other values: these it will never take
  hopeless,  // a person
};

struct Answer {
  Trouble trouble = Trouble::none;
  std::string why;  // one sentence without secrets
  std::vector<Row> rows;

  explicit operator bool() const { return trouble == Trouble::none; }
};

/// Where the two differ.
struct Dialect {
  std::string_view begin_write;    // begins a transaction that is going to write
  std::string_view lock_schema;    // inside one: others who change the schema wait; may be empty
  std::string_view key_type;       // of text that is compared and ordered byte by byte
  std::string_view label_matches;  // true where the column `labels` has the pair {name}, {value}
};

class Connection {
 public:
  enum class Health { good, broken, moved };  // moved: the database at this place is another one now

  virtual ~Connection() = default;
  /// One statement; `$1` stands for the first value. Takes no longer than the patience it was opened with.
  virtual Answer execute(const std::string& sql, const std::vector<Cell>& values) = 0;
  /// Whether it is of more use, or another must be opened. Cheap; good does not promise that the next statement
  /// succeeds.
  virtual Health health() = 0;
  virtual const Dialect& dialect() const = 0;

  Answer execute(const std::string& sql) { return execute(sql, {}); }
};

struct Opened {
  std::unique_ptr<Connection> connection;  // none: see trouble
  Trouble trouble = Trouble::none;
  std::string why;
};

std::int64_t as_integer(const Cell& cell);      // 0 when it is none
const std::string& as_text(const Cell& cell);   // empty when it is none
const std::string& as_bytes(const Cell& cell);  // likewise

/// What a text column of either database takes: UTF-8 without NUL. Anything else becomes U+FFFD.
std::string clean_text(std::string_view text);

}  // namespace vedette
