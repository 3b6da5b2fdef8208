#pragma once
// SQLite's door.

#include <string>

#include "store/connection.h"

namespace vedette {

/// Makes the file, which only its owner may read, and its folder when they are not there; ":memory:" is a database of
/// this connection alone. Hopeless where there can be none.
Opened open_sqlite(const std::string& path, Duration patience);
/// Makes and changes nothing.
Opened open_sqlite_for_reading(const std::string& path, Duration patience);

}  // namespace vedette
