#pragma once
// The alarms' tables in SQL. The store's thread only.

#include <optional>
#include <string>
#include <vector>

#include "model/alarm_log.h"
#include "store/connection.h"
#include "store/past.h"
#include "store/pending.h"

namespace vedette {

/// Writes all of it, or nothing. Values that the database never takes are left out, each by itself, and counted.
Answer write_pending(Connection& connection, const std::string& agent, const Pending& pending, std::size_t& refused);

Answer read_saved(Connection& connection, const std::string& agent, std::vector<SavedAlarm>& saved);
/// One row more than the limit, where there is one.
Answer read_transitions(Connection& connection, const TransitionQuery& query, const std::optional<Position>& after,
                        std::vector<StoredTransition>& rows);
/// Keeps only the newest transitions.
Answer keep_newest(Connection& connection, std::size_t most);

}  // namespace vedette
