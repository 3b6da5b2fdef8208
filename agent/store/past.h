#pragma once
// Which transitions a query means and in which order, without a database.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/alarm_log.h"

namespace vedette {

/// Where a page ended.
struct Position {
  WallTime at{};
  std::string agent, target, alarm;
};

/// Letters that need no escaping in a URL.
std::string position_text(const Position& position);
std::optional<Position> parse_position(std::string_view text);
Position position_of(const StoredTransition& row);

/// Everything but the limit.
bool matches(const TransitionQuery& query, const std::optional<Position>& after, const std::string& agent,
             const Transition& transition);
/// Of what waits for the database those that one page and a row can need; no others are copied.
std::vector<StoredTransition> newest_matches(const TransitionQuery& query, const std::optional<Position>& after,
                                             const std::string& agent, const std::deque<Transition>& waiting);
/// Newest first, at the same time by agent, target and alarm, backwards; each once, cut to the limit.
TransitionPage make_page(std::vector<StoredTransition> rows, std::size_t limit);

}  // namespace vedette
