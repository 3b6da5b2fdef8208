#include "command/waterfall.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette {
namespace {

struct Ink {
  bool on;
  std::string paint(const char* code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

const char* colour_of(std::string_view phase) {
  if (phase == "resolve") return "36";
  if (phase == "connect") return "33";
  if (phase == "tls") return "35";
  if (phase == "processing") return "34";
  return "32";
}

std::string time_text(Duration d) {
  double ms = to_seconds(d) * 1000;
  return ms < 1000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.2f} s", ms / 1000);
}

// What came from the server may hold anything; a terminal must not obey it.
std::string harmless(std::string_view text) {
  std::string safe;
  for (char c : text) safe += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  return safe;
}

std::string bar(const Span& span, Duration whole, int columns, const Ink& ink) {
  auto column = [&](Duration d) {
    return whole.count() <= 0
               ? 0
               : static_cast<int>(static_cast<double>(d.count()) / static_cast<double>(whole.count()) * columns);
  };
  int begin = std::clamp(column(span.start), 0, columns - 1);
  int length = std::clamp(column(span.start + span.length) - begin, 1, columns - begin);
  std::string blocks;
  for (int i = 0; i < length; ++i) blocks += "█";
  return std::string(static_cast<std::size_t>(begin), ' ') + ink.paint(colour_of(span.phase), blocks) +
         std::string(static_cast<std::size_t>(columns - begin - length), ' ');
}

}  // namespace

std::string draw_waterfall(const std::string& target, const ProbeResult& result, const Trace& trace, bool colour,
                           int columns) {
  Ink ink{colour};
  int width = std::clamp(columns - 30, 20, 80);
  std::string text = ink.paint("1", harmless(target)) + "\n";
  for (const Step& step : trace.steps) {
    text += "\n" + ink.paint("1", harmless(step.title)) + "\n";
    for (const Span& span : step.spans) {
      text +=
          fmt::format("  {:<11}{} {:>10}\n", span.phase, bar(span, result.elapsed, width, ink), time_text(span.length));
    }
    for (const auto& [name, value] : step.facts) text += fmt::format("  {:<11} {}\n", name, harmless(value));
  }
  if (result.up()) return text + "\n" + ink.paint("1;32", "UP") + " in " + time_text(result.elapsed) + "\n";
  const Failure& failure = *result.failure;
  return text + "\n" + ink.paint("1;31", "DOWN") + " after " + time_text(result.elapsed) + ": " +
         harmless(failure.sentence) + fmt::format(" ({}/{})\n", phase_name(failure.phase), reason_name(failure.reason));
}

}  // namespace vedette
