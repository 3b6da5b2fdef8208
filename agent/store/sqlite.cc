#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/text.h"

namespace vedette {
namespace {

constexpr int kStepsBetweenLooks = 20'000;  // of SQLite's machine, at the clock: well under a millisecond
constexpr int kBusyMs = 1000;               // for other writers to finish; then the store itself tries again
constexpr std::string_view kMemory = ":memory:";

// FULL, though NORMAL would be enough for a process that is killed: what was acknowledged also survives a machine
// that loses power, and a batch a second costs next to nothing.
constexpr const char* kSettings = "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000";

const Dialect kDialect{
    "BEGIN IMMEDIATE",
    "",
    "TEXT",
    "CASE WHEN json_valid(labels) THEN EXISTS (SELECT 1 FROM json_each(labels) WHERE json_each.key = {name} AND "
    "json_each.value = {value}) ELSE 0 END",
};

/// Which file it is, whatever its name.
struct FileId {
  dev_t device = 0;
  ino_t number = 0;
  bool operator==(const FileId&) const = default;
};

std::optional<FileId> file_at(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return FileId{facts.st_dev, facts.st_ino};
}

std::string last_error() { return std::generic_category().message(errno); }

Trouble trouble_of(int code) {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return Trouble::none;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE: return Trouble::data;
    case SQLITE_ERROR: return Trouble::sql;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return Trouble::hopeless;
    default: return Trouble::down;
  }
}

/// A file that was opened read-only stays so, and after an error of the disk nobody knows. A write that failed is taken
/// back by SQLite: the connection can be read from, which a new one could not on a disk that is full.
bool needs_reopening(int code) {
  switch (code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_TRUNCATE: return false;
    default: break;
  }
  const int kind = code & 0xff;
  return kind == SQLITE_READONLY || kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN ||
         trouble_of(code) == Trouble::hopeless;
}

class SqliteConnection : public Connection {
 public:
  SqliteConnection(sqlite3* database, std::string path, Duration patience)
      : database_(database), path_(std::move(path)), patience_(patience), file_(file_at(path_)) {
    sqlite3_busy_timeout(database_, kBusyMs);
    sqlite3_progress_handler(database_, kStepsBetweenLooks, &SqliteConnection::look_at_clock, this);
  }
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;

  using Connection::execute;
  Answer execute(const std::string& sql, const std::vector<Cell>& values) override;
  Health health() override;
  const Dialect& dialect() const override { return kDialect; }

  Answer trouble(int code) const;
  Answer settle();

 private:
  // SQLite gives up the statement when this is not 0.
  static int look_at_clock(void* self) { return now() > static_cast<SqliteConnection*>(self)->until_ ? 1 : 0; }
  bool in_memory() const { return path_ == kMemory; }
  Answer run(sqlite3_stmt* statement);

  sqlite3* database_;
  std::string path_;
  Duration patience_;
  Time until_{};
  std::optional<FileId> file_, log_;  // the database and its write-ahead log, as they were last seen
  bool broken_ = false;
};

/// Of a database that was moved away SQLite leaves the write-ahead log behind, and would later take it for that of the
/// file that came in its place. What it holds is written into the file, wherever that is now: both are still open.
SqliteConnection::~SqliteConnection() {
  const bool moved = !in_memory() && file_at(path_) != file_;
  const bool log_is_ours = moved && log_ && file_at(path_ + "-wal") == log_;
  until_ = now() + patience_;
  const bool written = log_is_ours && sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                                                nullptr) == SQLITE_OK;
  sqlite3_close_v2(database_);
  if (!log_is_ours) return;
  if (written) {
    ::unlink((path_ + "-wal").c_str());
  } else {
    ::rename((path_ + "-wal").c_str(), (path_ + "-wal.left").c_str());
  }
  ::unlink((path_ + "-shm").c_str());
}

Connection::Health SqliteConnection::health() {
  if (!in_memory() && file_at(path_) != file_) return Health::moved;
  if (broken_) return Health::broken;
  if (!in_memory()) log_ = file_at(path_ + "-wal");
  return Health::good;
}

Answer SqliteConnection::trouble(int code) const {
  Answer answer;
  answer.trouble = trouble_of(code);
  if (answer) return answer;
  answer.why = (code & 0xff) == SQLITE_INTERRUPT ? "took longer than " + format_duration(patience_)
               : (code & 0xff) == SQLITE_NOTADB  ? "is no SQLite database: move it away, or name another file"
               : (code & 0xff) == SQLITE_CORRUPT
                   ? "is a damaged database: put a backup in its place, or move it away to begin anew"
                   : std::string(sqlite3_errmsg(database_));
  const int cause = sqlite3_system_errno(database_);
  const bool of_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  if (of_system && cause != 0) answer.why += ": " + std::generic_category().message(cause);
  return answer;
}

int bind(sqlite3_stmt* statement, int at, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return sqlite3_bind_int64(statement, at, *number);
  if (const auto* number = std::get_if<double>(&cell)) return sqlite3_bind_double(statement, at, *number);
  if (const auto* text = std::get_if<std::string>(&cell))
    return sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (const auto* blob = std::get_if<Bytes>(&cell))
    return blob->bytes.empty()
               ? sqlite3_bind_zeroblob(statement, at, 0)
               : sqlite3_bind_blob64(statement, at, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  return sqlite3_bind_null(statement, at);
}

Cell read_cell(sqlite3_stmt* statement, int column) {
  const auto bytes = [&](const void* data) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return data ? std::string(static_cast<const char*>(data), size) : std::string();
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: return bytes(sqlite3_column_text(statement, column));
    case SQLITE_BLOB: return Bytes{bytes(sqlite3_column_blob(statement, column))};
    default: return {};
  }
}

Answer SqliteConnection::run(sqlite3_stmt* statement) {
  Answer answer;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    Row& row = answer.rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement); ++i) row.push_back(read_cell(statement, i));
  }
  if (code == SQLITE_DONE) return answer;
  broken_ = broken_ || needs_reopening(code);
  return trouble(code);
}

/// `$1` is the first value in PostgreSQL. SQLite has `?1` for it, and `?` for the value after the highest so far: of
/// numbered ones it looks through all before when it compiles each, which takes longer than all the writing when there
/// are a thousand.
std::string with_question_marks(const std::string& sql) {
  std::string text;
  std::size_t highest = 0, done = 0;
  for (std::size_t at = sql.find('$'); at != std::string::npos; at = sql.find('$', done)) {
    std::size_t end = sql.find_first_not_of("0123456789", at + 1);
    std::size_t number = parse_int<std::size_t>(std::string_view(sql).substr(at + 1, end - at - 1)).value_or(0);
    text.append(sql, done, at - done).append("?");
    if (number != highest + 1) text += std::to_string(number);
    highest = std::max(highest, number);
    done = std::min(end, sql.size());
  }
  return text.append(sql, done);
}

Answer SqliteConnection::execute(const std::string& sql, const std::vector<Cell>& values) {
  until_ = now() + patience_;
  std::string text = with_question_marks(sql);
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(database_, text.c_str(), static_cast<int>(text.size()), &statement, nullptr);
  for (std::size_t i = 0; code == SQLITE_OK && i < values.size(); ++i)
    code = bind(statement, static_cast<int>(i) + 1, values[i]);
  Answer answer = code == SQLITE_OK ? run(statement) : trouble(code);
  sqlite3_finalize(statement);
  return answer;
}

/// Readers and a writer at the same time need the write-ahead log. Switching to it does not wait for others by itself.
Answer SqliteConnection::settle() {
  until_ = now() + patience_;
  int code = sqlite3_exec(database_, kSettings, nullptr, nullptr, nullptr);
  while (code == SQLITE_OK || code == SQLITE_BUSY) {
    code = sqlite3_exec(database_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code != SQLITE_BUSY || now() > until_) break;
    sqlite3_sleep(10);
  }
  return trouble(code);
}

/// The parents that are not there, for the owner only.
std::optional<std::string> make_parent(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::filesystem::path made;
  for (const auto& part : folder) {
    made /= part;
    if (::mkdir(made.c_str(), 0700) == 0 || errno == EEXIST || errno == EISDIR) continue;
    // A parent that we may not even look at may be there all the same.
    if (std::error_code error; std::filesystem::is_directory(made, error)) continue;
    return "its folder " + in_quotes(made.string()) + " cannot be made: " + last_error();
  }
  return std::nullopt;
}

/// What will pass by itself: no room, no descriptors, a file system that is read-only just now.
bool passes() { return errno == ENOSPC || errno == EDQUOT || errno == EMFILE || errno == ENFILE || errno == EROFS; }

/// Opening and closing a file that SQLite has open somewhere in this process would take its locks away, so one that is
/// there is left alone.
Opened make_file(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0) {
    if (S_ISREG(facts.st_mode)) return {};
    return {nullptr, Trouble::hopeless, "is no file"};
  }
  if (auto why = make_parent(path)) return {nullptr, passes() ? Trouble::down : Trouble::hopeless, *why};
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno != EEXIST)
    return {nullptr, passes() ? Trouble::down : Trouble::hopeless, "cannot be made: " + last_error()};
  if (file >= 0) ::close(file);
  return {};
}

Opened open_file(const std::string& path, int flags, Duration patience, std::unique_ptr<SqliteConnection>& made) {
  sqlite3* database = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (!database) return {nullptr, Trouble::down, "cannot be opened: out of memory"};
  made = std::make_unique<SqliteConnection>(database, path, patience);
  if (code == SQLITE_OK) return {};
  const int cause = sqlite3_system_errno(database);
  errno = cause;
  return {nullptr, passes() ? Trouble::down : Trouble::hopeless,
          "cannot be opened: " + (cause ? std::generic_category().message(cause) : sqlite3_errmsg(database))};
}

}  // namespace

Opened open_sqlite(const std::string& path, Duration patience) {
  if (path != kMemory) {
    if (Opened file = make_file(path); file.trouble != Trouble::none) return file;
  }
  std::unique_ptr<SqliteConnection> connection;
  Opened opened = open_file(path, SQLITE_OPEN_READWRITE, patience, connection);
  if (opened.trouble != Trouble::none) return opened;
  if (Answer settled = connection->settle(); !settled) return {nullptr, settled.trouble, settled.why};
  opened.connection = std::move(connection);
  return opened;
}

Opened open_sqlite_for_reading(const std::string& path, Duration patience) {
  if (::access(path.c_str(), F_OK) != 0) return {nullptr, Trouble::hopeless, "cannot be read: " + last_error()};
  std::unique_ptr<SqliteConnection> connection;
  Opened opened = open_file(path, SQLITE_OPEN_READONLY, patience, connection);
  if (opened.trouble == Trouble::none) opened.connection = std::move(connection);
  return opened;
}

}  // namespace vedette
