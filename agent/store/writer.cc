#include "store/writer.h"

#include <utility>

#include "store/postgres.h"
#include "store/schema.h"
#include "store/sqlite.h"

namespace vedette {

Writer::Writer(StoreOptions options) : options_(std::move(options)) {
  if (auto url = parse_store_url(options_.url)) url_ = *std::move(url);
}

Opened Writer::open() const {
  if (url_.kind == StoreUrl::Kind::sqlite) {
    return options_.read_only ? open_sqlite_for_reading(url_.place, Store::kPatience)
                              : open_sqlite(url_.place, Store::kPatience);
  }
  const Secret secret = options_.password_file.empty() ? options_.password : Secret::in_file(options_.password_file);
  const auto password = secret.reveal();
  if (!password) return {nullptr, Trouble::down, password.error().message};
  return open_postgres(url_.place, *password, options_.read_only, Store::kPatience);
}

void Writer::drop_if_broken() {
  if (!connection_) return;
  const Connection::Health health = connection_->health();
  if (health == Connection::Health::good) return;
  moved_ = moved_ || health == Connection::Health::moved;
  connection_.reset();
}

/// A connection over which something failed may be broken, or lead to a database whose tables are gone. What is in
/// memory would be gone with it.
Answer Writer::finish(Answer answer) {
  if (!answer) drop_if_broken();
  if (answer.trouble == Trouble::sql && url_.place != ":memory:") connection_.reset();
  return answer;
}

/// A question may be one that the database does not take: that says nothing of the connection.
Answer Writer::finish_reading(Answer answer) {
  if (!answer) drop_if_broken();
  return answer;
}

Answer Writer::connect() {
  drop_if_broken();
  if (connection_) return {};
  Opened opened = open();
  if (!opened.connection) return {opened.trouble == Trouble::none ? Trouble::down : opened.trouble, opened.why, {}};
  Answer ready = options_.read_only ? check_schema(*opened.connection, all_migrations())
                                    : migrate(*opened.connection, all_migrations());
  if (ready) connection_ = std::move(opened.connection);
  return ready;
}

Answer Writer::check() {
  if (Answer connected = connect(); !connected) return connected;
  return finish(connection_->execute("SELECT MAX(version) FROM vedette_schema"));
}

Answer Writer::write(const Pending& pending, std::size_t& refused) {
  refused = 0;
  if (Answer connected = connect(); !connected) return connected;
  Answer written = write_pending(*connection_, options_.agent, pending, refused);
  if (written && url_.place == ":memory:") written = keep_newest(*connection_, Store::kMostInMemory);
  // Rows in a file that was moved away meanwhile are not where the next agent will look for them.
  if (written && connection_->health() == Connection::Health::moved)
    written = {Trouble::down, "was moved or deleted while it was written to", {}};
  return finish(std::move(written));
}

Answer Writer::load(std::vector<SavedAlarm>& saved) {
  if (Answer connected = connect(); !connected) return connected;
  return finish_reading(read_saved(*connection_, options_.agent, saved));
}

Answer Writer::transitions(const TransitionQuery& query, const std::optional<Position>& after,
                           std::vector<StoredTransition>& rows) {
  if (Answer connected = connect(); !connected) return connected;
  return finish_reading(read_transitions(*connection_, query, after, rows));
}

bool Writer::take_moved() { return connection_ && std::exchange(moved_, false); }

}  // namespace vedette
