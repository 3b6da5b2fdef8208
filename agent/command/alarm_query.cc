#include "command/alarm_query.h"

#include <algorithm>

#include "base/text.h"

namespace vedette {
namespace {

Result<WallTime> read_moment(const std::string& text, WallTime at) {
  if (const auto moment = parse_rfc3339(text)) return *moment;
  const auto ago = parse_duration(text);
  if (ago && *ago >= Duration::zero() && *ago < at.time_since_epoch()) return at - *ago;
  return Error{"must be a time like 2026-11-20T10:00:00Z, or how long ago, like 2h; found " + in_quotes(text)};
}

Result<void> read_label(const std::string& text, Labels& labels) {
  constexpr std::size_t kMost = 16;  // each is a condition that the database must try on every row
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return Error{"must be a label's name and value, like severity=critical; found " + in_quotes(text)};
  if (labels.size() == kMost) return Error{"may be given " + std::to_string(kMost) + " times"};
  labels.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  return {};
}

}  // namespace

Result<void> read_alarm_word(std::string_view word, const std::string& value, WallTime at, TransitionQuery& query) {
  if (word == "target" || word == "alarm" || word == "agent") {
    (word == "target" ? query.target : word == "alarm" ? query.alarm : query.agent) = value;
    return {};
  }
  if (word == "label") return read_label(value, query.labels);
  if (word == "state") {
    query.state = parse_state(value);
    if (!query.state) return Error{"must be ok, alarm or insufficient_data; found " + in_quotes(value)};
    return {};
  }
  if (word == "since" || word == "until") {
    const auto moment = read_moment(value, at);
    if (!moment) return moment.error();
    // The very beginning of time stands for no bound; what is before the moment after it is the same rows.
    (word == "since" ? query.since : query.until) = std::max(*moment, WallTime(Duration(1)));
    return {};
  }
  if (word == "limit") {
    const auto limit = parse_int<std::uint32_t>(value);
    if (!limit) return Error{"must be a number; found " + in_quotes(value)};
    query.limit = *limit;
    return {};
  }
  return Error{"is not known here"};
}

}  // namespace vedette
