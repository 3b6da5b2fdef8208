#pragma once
// What must outlive the agent, in SQLite or PostgreSQL. Writing never waits: a thread of the store's own does it, in
// the order it was asked to, and goes on when a database comes back or a disk has room again. Any thread.
//
//   auto store = Store::open({"sqlite:/var/lib/vedette/vedette.db"}, log);
//   (*store)->record(transition, saved_alarm);

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/alarm_log.h"
#include "model/own.h"

namespace vedette {

struct StoreOptions {
  std::string url;            // "sqlite:PATH", "postgresql://user@host:port/database?option=value" or "memory:"
  Secret password;            // of PostgreSQL, when it is not in the url
  std::string password_file;  // likewise; read again at every connection
  std::string agent;          // whose alarms these are, where several agents share a database
  bool read_only = false;     // nothing is made or changed: for looking into a database that an agent made
};

/// Why this cannot be a store's URL; empty when it can. Never quotes it.
std::string broken_store_url(std::string_view url);
/// The URL for people: without a password and options.
std::string shown_store_url(std::string_view url);

class Store {
 public:
  /// A database that does not answer is no error here: it is tried again for ever. Errors are what no patience mends: a
  /// URL without sense, a schema newer than this program, a file that is no database or cannot be made. Waits for the
  /// first attempt to reach the database, not longer than kPatience.
  static Result<std::unique_ptr<Store>> open(StoreOptions options, Log log);
  /// Tries to write what is left for `kPatience`.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The row and what follows from it, both or neither. A row that is there already (same agent, target, alarm and
  /// time) is left as it is, so an uncertain write may be repeated.
  void record(Transition transition, SavedAlarm saved);
  /// Replaces what was saved of these alarms. Of an alarm that is saved again before it was written, only the latest
  /// counts. Written within a second or so, or together with the next row.
  void save(std::vector<SavedAlarm> alarms);
  /// These alarms are no more; their rows stay.
  void forget(std::vector<std::pair<std::string, std::string>> targets_and_alarms);

  /// Waits until everything handed over so far is written, or the time is over.
  bool flush(Duration most);

  /// Of this agent. Waits for the database, not longer than kPatience.
  Result<std::vector<SavedAlarm>> load();
  /// Sees what was handed over before, written or not. An error at once when the database is known to be down.
  Result<TransitionPage> transitions(const TransitionQuery& query);

  /// vedette_store_up, vedette_store_pending_rows, vedette_store_writes_total{result}, vedette_store_write_seconds …
  OwnSource own_metrics() const;

  static constexpr Duration kPatience = seconds(5);
  /// While the database is down, so many transitions are kept; then the oldest are dropped and counted.
  static constexpr std::size_t kMostPending = 100'000;
  /// "memory:" keeps so many transitions.
  static constexpr std::size_t kMostInMemory = 10'000;

 private:
  struct State;
  explicit Store(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // the thread's too: one that hangs in a look-up may outlive us
};

}  // namespace vedette
