#pragma once
// The one list that tells of every issue and pull request that has changed: GET /repos/{owner}/{repo}/issues, the
// oldest change first. Pure.
//
// Pages are counted by position, and an item that changes while one reads moves to the end, so that the one behind it
// slips to the page before, which was read. The walk therefore goes by the time of the last change, and takes a next
// page only while more items than a page holds changed in one second. Such a second is read until two readings say the
// same: whoever moved away and let another slip is in one of them only.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "github/people.h"
#include "page/json.h"

namespace vedette {

struct FeedItem {
  enum class Reason { none, completed, not_planned, duplicate, reopened, other };

  std::int64_t number = 0;
  bool pull_request = false;
  bool open = true;
  Reason reason = Reason::none;  // of an issue's state
  WallTime created{}, updated{};
  std::optional<WallTime> closed, merged;
  GithubPerson author;
  std::vector<GithubPerson> assignees;
  std::optional<GithubPerson> closed_by;  // where this list tells it
  bool draft = false;
};
/// An item without a number or a date is no item, and then the page is none.
Result<std::vector<FeedItem>> read_feed(const Json& body);

/// How far the walk has come.
struct FeedCursor {
  WallTime seen{};  // every change before this moment is known; zero: none is
};

class FeedWalk {
 public:
  explicit FeedWalk(FeedCursor from) : cursor_(from) {}

  enum class Next { from_cursor, next_page, done };
  /// What to ask after this page. `has_next`: the answer named a next page.
  Next take(const std::vector<FeedItem>& page, bool has_next);

  /// What is behind it needs not be asked for again, whatever happens.
  FeedCursor cursor() const { return cursor_; }

 private:
  Next take_of_second(const std::vector<FeedItem>& page, bool has_next);

  FeedCursor cursor_;
  bool in_second_ = false;  // the cursor's, which has more items than a page
  std::set<std::int64_t> reading_, last_reading_;
};

/// The question for what has changed from the cursor on. Some minutes before it are asked for again: servers that copy
/// from each other may tell late of what happened there.
std::string feed_address(const std::string& repository, FeedCursor cursor, bool idle);

}  // namespace vedette
