#pragma once
// One line per change of state and per problem of our own, on standard error: logfmt or JSON.
//
//   log.warn("target is down", {{"target", name}, {"reason", "connect_refused"}});

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette {

enum class Level { debug, info, warn, error };

/// debug, info, warn or error.
Result<Level> parse_level(std::string_view text);

using LogField = std::pair<std::string_view, std::string>;

/// Any thread, and never waits for who reads it. Cheap to copy; copies write to the same place.
class Log {
 public:
  enum class Format { logfmt, json };

  Log(Level least, Format format);
  /// Writes nothing: for tests and for runs whose output is a page.
  static Log silent();

  bool writes(Level level) const { return level >= least_; }
  void write(Level level, std::string_view message, std::span<const LogField> fields) const;
  void debug(std::string_view m, std::initializer_list<LogField> f = {}) const {
    write(Level::debug, m, {f.begin(), f.size()});
  }
  void info(std::string_view m, std::initializer_list<LogField> f = {}) const {
    write(Level::info, m, {f.begin(), f.size()});
  }
  void warn(std::string_view m, std::initializer_list<LogField> f = {}) const {
    write(Level::warn, m, {f.begin(), f.size()});
  }
  void error(std::string_view m, std::initializer_list<LogField> f = {}) const {
    write(Level::error, m, {f.begin(), f.size()});
  }

  /// Lines that found no room, since nobody reads standard error, or that it did not take.
  std::uint64_t dropped() const;

  /// The line without its end, for tests: time and level come from the caller.
  static std::string line(Format format, std::string_view time, Level level, std::string_view message,
                          std::span<const LogField> fields);

 private:
  Level least_;
  Format format_;
  std::shared_ptr<class LogSink> sink_;
};

}  // namespace vedette
