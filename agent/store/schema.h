#pragma once
// The tables and how they came to be. The store's thread only.

#include <span>
#include <string>
#include <vector>

#include "store/connection.h"

namespace vedette {

/// Statements that lead from one version of the schema to the next. `{key}` stands for Dialect::key_type.
using Migration = std::vector<std::string>;

/// All there ever were, the first one first. What stands here once is never changed.
std::span<const Migration> all_migrations();

/// Brings the schema to the last of these, in one transaction, one agent at a time. Hopeless when it is newer already.
Answer migrate(Connection& connection, std::span<const Migration> migrations);
/// Changes nothing: hopeless when the schema is any other.
Answer check_schema(Connection& connection, std::span<const Migration> migrations);

}  // namespace vedette
