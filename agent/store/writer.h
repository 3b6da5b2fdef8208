#pragma once
// The store's connection and what is done over it. The store's thread only.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "store/alarm_tables.h"
#include "store/store.h"
#include "store/store_url.h"

namespace vedette {

class Writer {
 public:
  /// The URL must be a good one.
  explicit Writer(StoreOptions options);

  /// Makes sure that there is a connection to a database whose schema is ours. A file that was moved away, or a server
  /// that has closed the connection, gets a new one.
  Answer connect();
  const std::string& agent() const { return options_.agent; }
  bool connected() const { return connection_ != nullptr; }
  /// Asks the database something, if only whether it is there.
  Answer check();
  /// Writes all of it or nothing. `refused` rows were left out, since the database never takes them.
  Answer write(const Pending& pending, std::size_t& refused);
  Answer load(std::vector<SavedAlarm>& saved);
  Answer transitions(const TransitionQuery& query, const std::optional<Position>& after,
                     std::vector<StoredTransition>& rows);

  /// True once, after a connection to another file than before: the old one was moved or deleted.
  bool take_moved();

 private:
  Opened open() const;
  void drop_if_broken();
  Answer finish(Answer answer);
  Answer finish_reading(Answer answer);

  StoreOptions options_;
  StoreUrl url_;
  std::unique_ptr<Connection> connection_;
  bool moved_ = false;
};

}  // namespace vedette
