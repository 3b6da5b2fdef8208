#include "store/alarm_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "store/label_json.h"

namespace vedette {
namespace {

constexpr std::size_t kRowsAtOnce = 250;  // of an insert: SQLite takes 32,766 values in one statement

std::int64_t to_ns(WallTime at) { return at.time_since_epoch().count(); }
WallTime from_ns(const Cell& cell) { return WallTime(Duration(as_integer(cell))); }

Cell optional_cell(const std::optional<double>& number) { return number ? Cell(*number) : Cell(); }

std::optional<double> as_number(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  return std::nullopt;
}

std::string state_text(AlarmState state) { return std::string(state_name(state)); }
AlarmState as_state(const Cell& cell) { return parse_state(as_text(cell)).value_or(AlarmState::insufficient_data); }

/// "($1, $2), ($3, $4)"
std::string placeholders(std::size_t rows, std::size_t columns) {
  std::size_t number = 1;
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    text += row == 0 ? "(" : ", (";
    for (std::size_t column = 0; column < columns; ++column)
      text += fmt::format("{}${}", column == 0 ? "" : ", ", number++);
    text += ')';
  }
  return text;
}

/// One kind of statement for many rows: what stands before and after its VALUES, and how the values of a row are
/// appended when they are needed.
struct Insert {
  std::string before, after;
  std::size_t rows;
  std::function<void(std::size_t, std::vector<Cell>&)> row;
};

template <class... T>
void append(std::vector<Cell>& values, T&&... more) {
  (values.emplace_back(std::forward<T>(more)), ...);
}

Insert transitions_insert(const std::string& agent, const std::deque<Transition>& transitions) {
  return {
      "INSERT INTO transitions (agent, target, alarm, at_ns, before, after, value, threshold, reason, labels) VALUES ",
      " ON CONFLICT DO NOTHING", transitions.size(), [&](std::size_t i, std::vector<Cell>& values) {
        const Transition& one = transitions[i];
        append(values, agent, one.target, one.alarm, to_ns(one.at), state_text(one.before), state_text(one.after),
               optional_cell(one.value), optional_cell(one.threshold), one.reason, label_json(one.labels));
      }};
}

Insert saves_insert(const std::string& agent, const std::map<AlarmKey, std::optional<SavedAlarm>>& saves) {
  std::vector<const SavedAlarm*> kept;
  for (const auto& [key, saved] : saves) {
    if (saved) kept.push_back(&*saved);
  }
  return {"INSERT INTO saved_alarms (agent, target, alarm, state, since_ns, saved_ns, state_window) VALUES ",
          " ON CONFLICT (agent, target, alarm) DO UPDATE SET state = excluded.state, since_ns = excluded.since_ns, "
          "saved_ns = excluded.saved_ns, state_window = excluded.state_window",
          kept.size(), [&agent, kept](std::size_t i, std::vector<Cell>& values) {
            const SavedAlarm& one = *kept[i];
            append(values, agent, one.target, one.alarm, state_text(one.state), to_ns(one.since), to_ns(one.saved),
                   Bytes{one.window});
          }};
}

Insert forgets_delete(const std::string& agent, const std::map<AlarmKey, std::optional<SavedAlarm>>& saves) {
  std::vector<const AlarmKey*> gone;
  for (const auto& [key, saved] : saves) {
    if (!saved) gone.push_back(&key);
  }
  return {"DELETE FROM saved_alarms WHERE (agent, target, alarm) IN (VALUES ", ")", gone.size(),
          [&agent, gone](std::size_t i, std::vector<Cell>& values) {
            append(values, agent, gone[i]->first, gone[i]->second);
          }};
}

Answer execute_rows(Connection& connection, const Insert& insert, std::size_t begin, std::size_t end) {
  std::vector<Cell> values;
  for (std::size_t i = begin; i < end; ++i) insert.row(i, values);
  return connection.execute(insert.before + placeholders(end - begin, values.size() / (end - begin)) + insert.after,
                            values);
}

/// Each row inside a savepoint of its own, so that one that is refused takes no other with it.
Answer execute_one_by_one(Connection& connection, const Insert& insert, std::size_t& refused) {
  for (std::size_t row = 0; row < insert.rows; ++row) {
    Answer done = connection.execute("SAVEPOINT one_row");
    if (!done) return done;
    done = execute_rows(connection, insert, row, row + 1);
    if (done.trouble == Trouble::data) {
      ++refused;
      done = connection.execute("ROLLBACK TO SAVEPOINT one_row");
    }
    if (done) done = connection.execute("RELEASE SAVEPOINT one_row");
    if (!done) return done;
  }
  return {};
}

Answer execute_all(Connection& connection, const Insert& insert) {
  for (std::size_t row = 0; row < insert.rows; row += kRowsAtOnce) {
    const std::size_t end = std::min(row + kRowsAtOnce, insert.rows);
    if (Answer done = execute_rows(connection, insert, row, end); !done) return done;
  }
  return {};
}

template <class Each>
Answer in_transaction(Connection& connection, const std::vector<Insert>& inserts, Each&& each) {
  if (Answer begun = connection.execute(std::string(connection.dialect().begin_write)); !begun) return begun;
  Answer done;
  for (const Insert& insert : inserts) {
    if (done) done = each(insert);
  }
  if (done) done = connection.execute("COMMIT");
  if (!done && connection.health() == Connection::Health::good) (void)connection.execute("ROLLBACK");
  return done;
}

/// The conditions of a query, joined; their values go to `values`.
class Conditions {
 public:
  std::string next(Cell value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
  void add(std::string condition) { text += (text.empty() ? " WHERE " : " AND ") + std::move(condition); }
  void equal(const char* column, const std::string& wanted) {
    if (!wanted.empty()) add(fmt::format("{} = {}", column, next(clean_text(wanted))));
  }

  std::string text;
  std::vector<Cell> values;
};

Conditions conditions_of(const TransitionQuery& query, const std::optional<Position>& after, const Dialect& dialect) {
  Conditions all;
  all.equal("agent", query.agent);
  all.equal("target", query.target);
  all.equal("alarm", query.alarm);
  if (query.state) all.equal("after", state_text(*query.state));
  if (query.since != WallTime{}) all.add("at_ns >= " + all.next(to_ns(query.since)));
  if (query.until != WallTime{}) all.add("at_ns < " + all.next(to_ns(query.until)));
  for (const auto& [name, value] : query.labels) {
    const std::string name_at = all.next(clean_text(name)), value_at = all.next(clean_text(value));
    all.add(fmt::format(fmt::runtime(dialect.label_matches), fmt::arg("name", name_at), fmt::arg("value", value_at)));
  }
  if (after) {
    const std::string at = all.next(to_ns(after->at)), agent = all.next(after->agent);
    const std::string target = all.next(after->target), alarm = all.next(after->alarm);
    all.add(fmt::format("(at_ns, agent, target, alarm) < ({}, {}, {}, {})", at, agent, target, alarm));
  }
  return all;
}

StoredTransition to_transition(const Row& row) {
  StoredTransition stored;
  Transition& one = stored.transition;
  stored.agent = as_text(row[0]);
  one.target = as_text(row[1]);
  one.alarm = as_text(row[2]);
  one.at = from_ns(row[3]);
  one.before = as_state(row[4]);
  one.after = as_state(row[5]);
  one.value = as_number(row[6]);
  one.threshold = as_number(row[7]);
  one.reason = as_text(row[8]);
  one.labels = parse_label_json(as_text(row[9]));
  return stored;
}

}  // namespace

Answer write_pending(Connection& connection, const std::string& agent, const Pending& pending, std::size_t& refused) {
  const std::vector<Insert> inserts{transitions_insert(agent, pending.transitions), saves_insert(agent, pending.saves),
                                    forgets_delete(agent, pending.saves)};
  refused = 0;
  Answer done = in_transaction(connection, inserts, [&](const Insert& one) { return execute_all(connection, one); });
  if (done.trouble != Trouble::data) return done;
  return in_transaction(connection, inserts,
                        [&](const Insert& one) { return execute_one_by_one(connection, one, refused); });
}

Answer read_saved(Connection& connection, const std::string& agent, std::vector<SavedAlarm>& saved) {
  Answer answer = connection.execute(
      "SELECT target, alarm, state, since_ns, saved_ns, state_window FROM saved_alarms WHERE agent = $1 "
      "ORDER BY target, alarm",
      {agent});
  for (const Row& row : answer.rows) {
    saved.push_back(
        {as_text(row[0]), as_text(row[1]), as_state(row[2]), from_ns(row[3]), from_ns(row[4]), as_bytes(row[5])});
  }
  return answer;
}

Answer read_transitions(Connection& connection, const TransitionQuery& query, const std::optional<Position>& after,
                        std::vector<StoredTransition>& rows) {
  Conditions where = conditions_of(query, after, connection.dialect());
  const std::string limit = where.next(static_cast<std::int64_t>(query.limit) + 1);
  Answer answer = connection.execute(
      "SELECT agent, target, alarm, at_ns, before, after, value, threshold, reason, labels FROM transitions" +
          where.text + " ORDER BY at_ns DESC, agent DESC, target DESC, alarm DESC LIMIT " + limit,
      where.values);
  for (const Row& row : answer.rows) rows.push_back(to_transition(row));
  return answer;
}

Answer keep_newest(Connection& connection, std::size_t most) {
  return connection.execute(
      "DELETE FROM transitions WHERE (at_ns, agent, target, alarm) <= (SELECT at_ns, agent, target, alarm FROM "
      "transitions ORDER BY at_ns DESC, agent DESC, target DESC, alarm DESC LIMIT 1 OFFSET $1)",
      {static_cast<std::int64_t>(most)});
}

}  // namespace vedette
