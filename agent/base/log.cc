#include "base/log.h"

#include <array>
#include <optional>

#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include "base/log_outlet.h"
#include "base/text.h"
#include "base/time.h"

namespace vedette {

/// Standard error.
class LogSink {
 public:
  explicit LogSink(Log::Format format) {
    auto door = std::make_shared<Door>(format);
    outlet_ = &door->outlet;
    logger_ = std::make_unique<spdlog::logger>("vedette", std::move(door));
    logger_->set_level(spdlog::level::trace);  // levels are ours
  }
  void write(const std::string& line) { logger_->log(spdlog::level::info, spdlog::string_view_t(line)); }
  std::uint64_t dropped() const { return outlet_->dropped(); }

 private:
  /// The outlet has a lock of its own.
  struct Door final : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
    explicit Door(Log::Format format)
        : outlet(STDERR_FILENO, [format](std::uint64_t lost) {
            const LogField count{"lines", std::to_string(lost)};
            return Log::line(format, format_utc(wall_now()), Level::warn, "log lines were lost", {&count, 1}) + "\n";
          }) {}
    void sink_it_(const spdlog::details::log_msg& message) override {
      std::string line(message.payload.data(), message.payload.size());
      outlet.write(line += '\n');
    }
    void flush_() override {}
    LogOutlet outlet;
  };

  LogOutlet* outlet_ = nullptr;
  std::unique_ptr<spdlog::logger> logger_;
};

namespace {

constexpr std::array<std::string_view, 4> kLevels = {"DEBUG", "INFO", "WARN", "ERROR"};

/// Bytes of the character at the start of valid UTF-8.
std::size_t character_length(unsigned char first) { return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4; }

/// The code point to show as an escape: controls, and what breaks a line or turns its direction in a terminal.
std::optional<unsigned> unsafe_code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1 && (byte(0) < 0x20 || byte(0) == 0x7f)) return byte(0);
  if (character.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0) return byte(1);
  if (character.size() != 3) return std::nullopt;
  const unsigned point = ((byte(0) & 0x0fu) << 12) | ((byte(1) & 0x3fu) << 6) | (byte(2) & 0x3fu);
  const bool turns = (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
  return turns ? std::optional(point) : std::nullopt;
}

void append_escape(std::string& line, unsigned code_point) {
  switch (code_point) {
    case '\n': line += "\\n"; break;
    case '\r': line += "\\r"; break;
    case '\t': line += "\\t"; break;
    default: fmt::format_to(std::back_inserter(line), "\\u{:04x}", code_point);
  }
}

/// In double quotes; the same escapes serve JSON and logfmt. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  std::size_t valid = find_invalid_utf8(text).value_or(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (i == valid) {
      line += "\xef\xbf\xbd";
      ++i;
      valid = i + find_invalid_utf8(text.substr(i)).value_or(text.size() - i);
      continue;
    }
    const std::string_view character = text.substr(i, character_length(static_cast<unsigned char>(text[i])));
    if (const auto point = unsafe_code_point(character)) {
      append_escape(line, *point);
    } else {
      if (character == "\"" || character == "\\") line += '\\';
      line += character;
    }
    i += character.size();
  }
  line += '"';
}

/// Printable ASCII without space, quote and equals sign needs no quotes in logfmt; all else is quoted, to be safe.
bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '=') return false;
  }
  return !text.empty();
}

void append_logfmt(std::string& line, std::string_view key, std::string_view value) {
  if (!line.empty()) line += ' ';
  line += key;
  line += '=';
  if (is_plain(value)) {
    line += value;
  } else {
    append_quoted(line, value);
  }
}

void append_json(std::string& line, std::string_view key, std::string_view value) {
  line += line.empty() ? '{' : ',';
  append_quoted(line, key);
  line += ':';
  append_quoted(line, value);
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (equal_ignore_case(text, kLevels[i])) return static_cast<Level>(i);
  }
  return Error{fmt::format("{} is no log level: debug, info, warn or error", in_quotes(text))};
}

Log::Log(Level least, Format format) : least_(least), format_(format), sink_(std::make_shared<LogSink>(format)) {}

Log Log::silent() {
  Log log(Level::error, Format::logfmt);
  log.least_ = static_cast<Level>(kLevels.size());  // above every level
  log.sink_.reset();
  return log;
}

std::uint64_t Log::dropped() const { return sink_ ? sink_->dropped() : 0; }

void Log::write(Level level, std::string_view message, std::span<const LogField> fields) const {
  if (!writes(level) || !sink_) return;
  sink_->write(line(format_, format_utc(wall_now()), level, message, fields));
}

std::string Log::line(Format format, std::string_view time, Level level, std::string_view message,
                      std::span<const LogField> fields) {
  std::string line;
  const auto append = format == Format::json ? append_json : append_logfmt;
  append(line, "time", time);
  append(line, "level", kLevels[static_cast<std::size_t>(level)]);
  append(line, "msg", message);
  for (const auto& [key, value] : fields) append(line, key, value);
  if (format == Format::json) line += '}';
  return line;
}

}  // namespace vedette
