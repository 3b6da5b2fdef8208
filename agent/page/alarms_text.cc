#include "page/alarms_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::string_view kUnknown = "\xef\xbf\xbd";  // U+FFFD

std::string number_text(const std::optional<double>& number) { return number ? fmt::format("{}", *number) : ""; }

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + csv_cell(cells[i]);
  return line + "\r\n";
}

bool turns_text(std::string_view character) {
  // U+202A to U+202E and U+2066 to U+2069 change the direction of what follows.
  return (character >= "\xe2\x80\xaa" && character <= "\xe2\x80\xae") ||
         (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9");
}

std::size_t character_length(unsigned char first) { return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4; }

/// One line without anything that a terminal obeys.
std::string plain(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    if (find_invalid_utf8(text.substr(0, character_length(static_cast<unsigned char>(text[0]))))) {
      line += kUnknown;
      text.remove_prefix(1);
      continue;
    }
    const std::string_view character = text.substr(0, character_length(static_cast<unsigned char>(text[0])));
    const auto byte = static_cast<unsigned char>(character[0]);
    const bool second_controls = byte == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
    if (byte == '\n' || byte == '\t') {
      line += ' ';
    } else if (byte < 0x20 || byte == 0x7f || second_controls || turns_text(character)) {
      line += kUnknown;
    } else {
      line += character;
    }
    text.remove_prefix(character.size());
  }
  return line;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string change_of(const Transition& one) {
  return fmt::format("{} -> {}", state_name(one.before), state_name(one.after));
}

/// Without trailing blanks.
std::string draw(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], columns_of(line[i]));
  }
  std::string table;
  for (const auto& line : lines) {
    std::string drawn;
    for (std::size_t i = 0; i < line.size(); ++i) {
      drawn += line[i];
      drawn.append(widths[i] - columns_of(line[i]) + 2, ' ');
    }
    drawn.erase(drawn.find_last_not_of(' ') + 1);
    table += drawn + '\n';
  }
  return table;
}

}  // namespace

std::string alarms_csv(const std::vector<StoredTransition>& rows) {
  std::string csv =
      csv_line({"time", "agent", "target", "alarm", "labels", "from", "to", "value", "threshold", "reason"});
  for (const StoredTransition& row : rows) {
    const Transition& one = row.transition;
    csv += csv_line({format_utc(one.at), row.agent, one.target, one.alarm, label_text(one.labels),
                     std::string(state_name(one.before)), std::string(state_name(one.after)), number_text(one.value),
                     number_text(one.threshold), one.reason});
  }
  return csv;
}

std::string alarms_table(const std::vector<StoredTransition>& rows) {
  if (rows.empty()) return "";
  const bool several =
      std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.agent != rows[0].agent; });
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> head{"TIME", "TARGET", "ALARM", "STATE", "VALUE", "THRESHOLD", "REASON"};
  if (several) head.insert(head.begin() + 1, "AGENT");
  lines.push_back(std::move(head));
  for (const StoredTransition& row : rows) {
    const Transition& one = row.transition;
    std::vector<std::string> line{format_utc(one.at),     one.target.empty() ? "-" : plain(one.target),
                                  plain(one.alarm),       change_of(one),
                                  number_text(one.value), number_text(one.threshold),
                                  plain(one.reason)};
    if (several) line.insert(line.begin() + 1, plain(row.agent));
    lines.push_back(std::move(line));
  }
  return draw(lines);
}

}  // namespace vedette
