#include "store/past.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "base/text.h"

namespace vedette {
namespace {

auto order_of(const Position& position) {
  return std::tie(position.at, position.agent, position.target, position.alarm);
}

/// Without copies: a hundred thousand rows may wait for the database.
auto order_of(const StoredTransition& row) {
  return std::tie(row.transition.at, row.agent, row.transition.target, row.transition.alarm);
}

/// Base64 with the letters that a URL takes as they are.
std::string url_base64(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> url_unbase64(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  while (plain.size() % 4 != 0) plain += '=';
  return base64_decode(plain);
}

bool has_label(const Labels& labels, const std::pair<std::string, std::string>& wanted) {
  return std::find(labels.begin(), labels.end(), wanted) != labels.end();
}

}  // namespace

std::string position_text(const Position& position) {
  std::string bytes = fmt::format("{}", position.at.time_since_epoch().count());
  for (const std::string* text : {&position.agent, &position.target, &position.alarm}) {
    bytes += '\0';
    bytes += *text;
  }
  return url_base64(bytes);
}

std::optional<Position> parse_position(std::string_view text) {
  const auto bytes = url_unbase64(text);
  if (!bytes || find_invalid_utf8(*bytes)) return std::nullopt;
  const auto parts = split(*bytes, '\0');
  if (parts.size() != 4) return std::nullopt;
  const auto at = parse_int<std::int64_t>(parts[0]);
  if (!at) return std::nullopt;
  return Position{WallTime(Duration(*at)), std::string(parts[1]), std::string(parts[2]), std::string(parts[3])};
}

Position position_of(const StoredTransition& row) {
  return {row.transition.at, row.agent, row.transition.target, row.transition.alarm};
}

bool matches(const TransitionQuery& query, const std::optional<Position>& after, const std::string& agent,
             const Transition& transition) {
  if (!query.agent.empty() && query.agent != agent) return false;
  if (!query.target.empty() && query.target != transition.target) return false;
  if (!query.alarm.empty() && query.alarm != transition.alarm) return false;
  if (query.state && *query.state != transition.after) return false;
  if (query.since != WallTime{} && transition.at < query.since) return false;
  if (query.until != WallTime{} && transition.at >= query.until) return false;
  if (after && !(order_of(*after) > std::tie(transition.at, agent, transition.target, transition.alarm))) return false;
  return std::all_of(query.labels.begin(), query.labels.end(),
                     [&](const auto& wanted) { return has_label(transition.labels, wanted); });
}

std::vector<StoredTransition> newest_matches(const TransitionQuery& query, const std::optional<Position>& after,
                                             const std::string& agent, const std::deque<Transition>& waiting) {
  const auto newer = [](const Transition* a, const Transition* b) {
    return std::tie(a->at, a->target, a->alarm) > std::tie(b->at, b->target, b->alarm);
  };
  std::set<const Transition*, decltype(newer)> newest(newer);
  for (auto one = waiting.rbegin(); one != waiting.rend(); ++one) {
    const bool full = newest.size() > query.limit;
    if ((full && newer(*newest.rbegin(), &*one)) || !matches(query, after, agent, *one)) continue;
    // Of the same row twice the one that came first stays.
    const bool again = newest.erase(&*one) > 0;
    newest.insert(&*one);
    if (full && !again) newest.erase(std::prev(newest.end()));
  }
  std::vector<StoredTransition> rows;
  for (const Transition* one : newest) rows.push_back({agent, *one});
  return rows;
}

TransitionPage make_page(std::vector<StoredTransition> rows, std::size_t limit) {
  // What is stored comes first in `rows`, and of the same row twice the first one stays.
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return order_of(a) > order_of(b); });
  const auto same = [](const StoredTransition& a, const StoredTransition& b) { return order_of(a) == order_of(b); };
  rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
  TransitionPage page;
  const bool more = rows.size() > limit;
  if (more) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
  page.rows = std::move(rows);
  if (more && !page.rows.empty()) page.next = position_text(position_of(page.rows.back()));
  return page;
}

}  // namespace vedette
