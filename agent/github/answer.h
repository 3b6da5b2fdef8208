#pragma once
// What an answer of GitHub's REST API means for who asked. Pure: one function from an answer to what is to be done, by
// what GitHub documents and by what its servers have been seen to do.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "net/fetch.h"
#include "page/json.h"

namespace vedette {

enum class Meaning {
  page,              // 200: the body is what was asked for
  same,              // 304: what is known still holds
  nothing,           // 204: an empty list
  empty_repository,  // 409 of a repository without commits
  later,             // 202: it is being computed
  moved,             // to `location`, for ever if `for_ever`
  unauthorised,      // the credential is not, or no longer, good
  locked_out,        // too many bad logins: every credential of its owner is refused for a while
  exhausted,         // the credential's hourly limit of this resource is used up
  slow_down,         // the secondary limits: the whole host must be left alone
  forbidden,         // not allowed, not enabled or not seen: this stream of this repository will not come
  missing,           // 404
  gone,              // 410: switched off, or deleted
  blocked,           // taken down by GitHub
  too_deep,          // beyond the pages or rows that one list gives
  refused,           // the request itself is wrong
  broken,            // this answer is none: ask again
};
std::string_view meaning_name(Meaning meaning);

/// What the X-RateLimit headers say; what is missing or no number is none.
struct RateNews {
  std::string resource;  // "core", "search", "graphql"; empty: not said
  std::optional<std::int64_t> limit, remaining;
  std::optional<WallTime> reset;
};
RateNews rate_news(const HttpHeaders& headers);

struct Understood {
  Meaning meaning = Meaning::broken;
  Json body;              // of a page
  Duration wait{};        // how long to leave it alone; zero: nobody said
  std::string location;   // of what has moved
  bool for_ever = false;  // likewise
  std::string why;        // one sentence for people, without secrets; empty of what is good
};

/// `at` is when the answer came, by our clock; its own Date header tells how far the server's differs.
Understood understand(const Fetched& answer, WallTime at);

/// Until when waiting makes sense for a limit that ends at `reset` by the server's clock: at least a second, at most 65
/// minutes, however wrong either clock is.
Duration wait_for_reset(const HttpHeaders& headers, WallTime reset, WallTime at);

/// The address behind rel="next" of a Link header; empty: there is none.
std::string next_page(const HttpHeaders& headers);

}  // namespace vedette
