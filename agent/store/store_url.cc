#include "store/store_url.h"

#include <algorithm>

#include "store/postgres.h"
#include "store/store.h"

namespace vedette {
namespace {

constexpr std::string_view kSqlite = "sqlite:", kMemory = "memory:";

bool is_postgres(std::string_view url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

/// Of "sqlite:PATH"; a URL in full has three slashes, or the first folder would be a host.
std::optional<std::string> path_of(std::string_view url) {
  url.remove_prefix(kSqlite.size());
  if (url.starts_with("//") && !url.starts_with("///")) return std::nullopt;
  if (url.starts_with("///")) url.remove_prefix(2);
  const bool special = url.empty() || url.starts_with(":") || url.find('\0') != std::string_view::npos;
  return special || url.ends_with('/') ? std::nullopt : std::optional(std::string(url));
}

/// libpq looks for a password up to the first slash, others up to the first ? or #: nobody must be able to disagree on
/// where it ends, or it would be shown.
bool hides_its_password(std::string_view url) {
  const std::string_view rest = url.substr(url.find("://") + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size()), at = rest.substr(0, slash).find('@');
  if (at != std::string_view::npos) return rest.substr(0, at).find_first_of("?#") != std::string_view::npos;
  return rest.substr(0, std::min(rest.find('?'), rest.size())).find('@') != std::string_view::npos;
}

}  // namespace

std::string broken_store_url(std::string_view url) {
  if (url == kMemory) return "";
  if (url.starts_with(kSqlite)) return path_of(url) ? "" : "must name a file, like sqlite:/var/lib/vedette/vedette.db";
  if (is_postgres(url)) {
    if (hides_its_password(url))
      return "has a password with /, ? or # in it: write %2F, %3F or %23, or use password_file";
    return good_postgres_url(std::string(url))
               ? ""
               : "is no URL that PostgreSQL understands: write postgresql://user@host:5432/database, with %40 for an @ "
                 "in a name and options of libpq after a ?";
  }
  return "must begin with sqlite: or postgresql://";
}

std::string shown_store_url(std::string_view url) {
  if (!is_postgres(url)) return std::string(url);
  const std::size_t start = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("?#", start), url.size());
  // A password may hold a slash, so the last @ counts.
  const std::size_t at = url.substr(0, end).rfind('@');
  const std::size_t host = at == std::string_view::npos || at < start ? start : at + 1;
  return "postgresql://" + std::string(url.substr(host, end - host));
}

std::optional<StoreUrl> parse_store_url(std::string_view url) {
  if (!broken_store_url(url).empty()) return std::nullopt;
  if (url == kMemory) return StoreUrl{StoreUrl::Kind::sqlite, ":memory:"};
  if (is_postgres(url)) return StoreUrl{StoreUrl::Kind::postgres, std::string(url)};
  return StoreUrl{StoreUrl::Kind::sqlite, *path_of(url)};
}

}  // namespace vedette
