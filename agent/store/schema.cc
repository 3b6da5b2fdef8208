#include "store/schema.h"

#include <fmt/format.h>

#include "base/time.h"

namespace vedette {
namespace {

// Times are nanoseconds since 1970. BYTEA is PostgreSQL's word; SQLite takes any word and keeps bytes as bytes.
const std::vector<Migration> kMigrations{
    {
        "CREATE TABLE transitions ("
        "agent {key} NOT NULL, target {key} NOT NULL, alarm {key} NOT NULL, at_ns BIGINT NOT NULL, "
        "before {key} NOT NULL, after {key} NOT NULL, value DOUBLE PRECISION, threshold DOUBLE PRECISION, "
        "reason TEXT NOT NULL, labels TEXT NOT NULL, PRIMARY KEY (agent, target, alarm, at_ns))",
        "CREATE INDEX transitions_by_time ON transitions (at_ns, agent, target, alarm)",
        "CREATE INDEX transitions_by_target ON transitions (target, at_ns)",
        "CREATE TABLE saved_alarms ("
        "agent {key} NOT NULL, target {key} NOT NULL, alarm {key} NOT NULL, state {key} NOT NULL, "
        "since_ns BIGINT NOT NULL, saved_ns BIGINT NOT NULL, state_window BYTEA NOT NULL, "
        "PRIMARY KEY (agent, target, alarm))",
    },
};

/// A database without our table has version 0.
Answer read_version(Connection& connection, std::int64_t& version) {
  version = 0;
  Answer answer = connection.execute("SELECT COALESCE(MAX(version), 0) FROM vedette_schema");
  if (answer && !answer.rows.empty()) version = as_integer(answer.rows[0][0]);
  if (answer.trouble == Trouble::sql) return {};
  return answer;
}

Answer newer(std::int64_t version, std::size_t known) {
  return {Trouble::hopeless,
          fmt::format("was made by a newer vedette (its schema is {}, this one knows {}): run that version, or use "
                      "another database",
                      version, known),
          {}};
}

std::string fill(const std::string& statement, const Dialect& dialect) {
  constexpr std::string_view kMark = "{key}";
  std::string filled;
  std::size_t done = 0;
  for (auto at = statement.find(kMark); at != std::string::npos; at = statement.find(kMark, done)) {
    filled.append(statement, done, at - done).append(dialect.key_type);
    done = at + kMark.size();
  }
  return filled.append(statement, done);
}

Answer apply(Connection& connection, std::span<const Migration> migrations) {
  const Dialect& dialect = connection.dialect();
  if (!dialect.lock_schema.empty()) {
    if (Answer locked = connection.execute(std::string(dialect.lock_schema)); !locked) return locked;
  }
  Answer made = connection.execute(
      "CREATE TABLE IF NOT EXISTS vedette_schema (version BIGINT PRIMARY KEY, applied_ns BIGINT NOT NULL)");
  if (!made) return made;
  std::int64_t version = 0;  // again: another agent may have been first
  if (Answer read = read_version(connection, version); !read) return read;
  if (version > static_cast<std::int64_t>(migrations.size())) return newer(version, migrations.size());
  for (auto next = static_cast<std::size_t>(version); next < migrations.size(); ++next) {
    for (const std::string& statement : migrations[next]) {
      if (Answer done = connection.execute(fill(statement, dialect)); !done) return done;
    }
    Answer noted = connection.execute(
        "INSERT INTO vedette_schema (version, applied_ns) VALUES ($1, $2)",
        {static_cast<std::int64_t>(next + 1), static_cast<std::int64_t>(wall_now().time_since_epoch().count())});
    if (!noted) return noted;
  }
  return {};
}

}  // namespace

std::span<const Migration> all_migrations() { return kMigrations; }

Answer migrate(Connection& connection, std::span<const Migration> migrations) {
  std::int64_t version = 0;
  if (Answer read = read_version(connection, version); !read) return read;
  if (version > static_cast<std::int64_t>(migrations.size())) return newer(version, migrations.size());
  if (version == static_cast<std::int64_t>(migrations.size())) return {};
  if (Answer begun = connection.execute(std::string(connection.dialect().begin_write)); !begun) return begun;
  Answer applied = apply(connection, migrations);
  if (applied) applied = connection.execute("COMMIT");
  if (!applied) (void)connection.execute("ROLLBACK");
  return applied;
}

Answer check_schema(Connection& connection, std::span<const Migration> migrations) {
  std::int64_t version = 0;
  if (Answer read = read_version(connection, version); !read) return read;
  const auto known = static_cast<std::int64_t>(migrations.size());
  if (version > known) return newer(version, migrations.size());
  if (version == known) return {};
  if (version == 0) return {Trouble::hopeless, "holds nothing of vedette's yet", {}};
  return {Trouble::hopeless, "was made by an older vedette: start the agent once, it brings the tables up to date", {}};
}

}  // namespace vedette
