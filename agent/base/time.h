#pragma once
// Time, in one place: nothing else in the tree asks a clock.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette {

using Duration = std::chrono::nanoseconds;
/// A point on the clock that never jumps.
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// A point in the world's time, which may jump: for time stamps only, never for waiting.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

using std::chrono::milliseconds;
using std::chrono::seconds;

Time now();
WallTime wall_now();

inline double to_seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
inline double to_seconds(WallTime t) { return to_seconds(t.time_since_epoch()); }
Duration from_seconds(double s);

/// Go's and Prometheus' form: "1h30m", "500ms", "1.5s", "2d". A bare number other than 0 is an error: nobody can tell
/// its unit.
Result<Duration> parse_duration(std::string_view text);
/// The shortest exact form in the same grammar: "1m30s", "250ms", "0s".
std::string format_duration(Duration d);
/// "2026-11-20T10:00:00.000Z"
std::string format_utc(WallTime t);

/// "2026-11-20T10:00:00.5Z" or with an offset like +01:00. None when it is anything else, or beyond the years 1678 to
/// 2262, where our clock's nanoseconds end.
std::optional<WallTime> parse_rfc3339(std::string_view text);

/// A date as HTTP writes it, in any of its three forms.
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace vedette
