#pragma once
// PostgreSQL's door.

#include <string>
#include <string_view>

#include "store/connection.h"

namespace vedette {

/// Whether libpq understands it as a URL.
bool good_postgres_url(const std::string& url);
/// The password goes before one in the url; empty: the url's own. No text that comes from here holds either.
Opened open_postgres(const std::string& url, const std::string& password, bool read_only, Duration patience);

}  // namespace vedette
