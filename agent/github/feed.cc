#include "github/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vedette {
namespace {

constexpr Duration kOverlap = std::chrono::minutes(5);

FeedItem::Reason read_reason(const std::string& word) {
  if (word.empty()) return FeedItem::Reason::none;
  if (word == "completed") return FeedItem::Reason::completed;
  if (word == "not_planned") return FeedItem::Reason::not_planned;
  if (word == "duplicate") return FeedItem::Reason::duplicate;
  return word == "reopened" ? FeedItem::Reason::reopened : FeedItem::Reason::other;
}

std::optional<FeedItem> read_item(const Json& row) {
  FeedItem item;
  auto created = parse_rfc3339(row.at("created_at").text_or(""));
  auto updated = parse_rfc3339(row.at("updated_at").text_or(""));
  item.number = row.at("number").integer_or(0);
  if (item.number <= 0 || !created || !updated) return std::nullopt;
  item.created = *created;
  item.updated = *updated;
  const Json pull = row.at("pull_request");
  item.pull_request = pull.is_map();
  item.merged = parse_rfc3339(pull.at("merged_at").text_or(""));
  item.open = row.at("state").text_or("") != "closed";
  item.reason = read_reason(row.at("state_reason").text_or(""));
  item.closed = parse_rfc3339(row.at("closed_at").text_or(""));
  item.author = read_person(row.at("user"));
  for (const Json& one : row.at("assignees").items()) item.assignees.push_back(read_person(one));
  if (row.at("closed_by").is_map()) item.closed_by = read_person(row.at("closed_by"));
  item.draft = row.at("draft").flag().value_or(false);
  return item;
}

}  // namespace

Result<std::vector<FeedItem>> read_feed(const Json& body) {
  if (!body.is_list()) return Error{"the answer is no list of issues"};
  std::vector<FeedItem> items;
  for (const Json& row : body.items()) {
    auto item = read_item(row);
    if (!item) return Error{"the list holds an issue without a number or a date"};
    items.push_back(*std::move(item));
  }
  return items;
}

FeedWalk::Next FeedWalk::take(const std::vector<FeedItem>& page, bool has_next) {
  if (in_second_) return take_of_second(page, has_next);
  if (page.empty()) return Next::done;
  auto [oldest, newest] = std::minmax_element(
      page.begin(), page.end(), [](const FeedItem& a, const FeedItem& b) { return a.updated < b.updated; });
  cursor_.seen = std::max(cursor_.seen, newest->updated);
  if (!has_next) return Next::done;
  if (oldest->updated != newest->updated) return Next::from_cursor;
  in_second_ = true;
  reading_.clear();
  last_reading_.clear();
  return take_of_second(page, has_next);
}

FeedWalk::Next FeedWalk::take_of_second(const std::vector<FeedItem>& page, bool has_next) {
  bool beyond = !has_next;
  for (const FeedItem& item : page) {
    if (item.updated == cursor_.seen) reading_.insert(item.number);
    if (item.updated > cursor_.seen) beyond = true;
  }
  if (!beyond) return Next::next_page;
  in_second_ = reading_ != last_reading_;
  last_reading_ = std::exchange(reading_, {});
  if (!in_second_) cursor_.seen += seconds(1);
  return Next::from_cursor;
}

std::string feed_address(const std::string& repository, FeedCursor cursor, bool idle) {
  std::string address = fmt::format("/repos/{}/issues?state=all&sort=updated&direction=asc&per_page=100", repository);
  if (cursor.seen == WallTime{}) return address;
  const WallTime since = std::chrono::floor<seconds>(idle ? cursor.seen - kOverlap : cursor.seen);
  std::string text = format_utc(since);
  text.replace(text.find('.'), 4, "");  // GitHub's own form has no fractions
  return address + "&since=" + text;
}

}  // namespace vedette
