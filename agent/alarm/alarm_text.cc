// What alarms of targets and composite alarms have in common.

#include <algorithm>
#include <array>
#include <charconv>

#include "alarm/draft.h"
#include "base/text.h"

namespace vedette {
namespace {

constexpr std::size_t kLongestName = 100, kLongestSeverity = 30, kLongestSummary = 1000, kLongestDescription = 10'000,
                      kLongestUrl = 2000;
constexpr std::array<std::string_view, 4> kOff = {"off", "none", "false", "no"};

bool is_severity(std::string_view text) {
  return !text.empty() && text.size() <= kLongestSeverity && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string read_prose(const Node& node, std::size_t longest) {
  std::string text = node.text();
  if (find_invalid_utf8(text)) node.reject("must be UTF-8");
  if (text.find("{{") != std::string::npos)
    node.reject(
        "must not have {{ in it: it is told as it is, there are no templates here (the labels tell the target)");
  if (text.size() > longest) node.reject("must not be longer than " + std::to_string(longest) + " bytes");
  return text;
}

std::string read_runbook(const Node& node) {
  std::string url = node.url();
  if (url.empty()) return url;
  std::size_t host = starts_with_ignore_case(url, "https://")  ? 8
                     : starts_with_ignore_case(url, "http://") ? 7
                                                               : std::string::npos;
  bool has_host = host < url.size() && std::string_view("/?#:").find(url[host]) == std::string_view::npos;
  bool plain =
      !find_invalid_utf8(url) && std::none_of(url.begin(), url.end(), [](char c) { return is_control(c) || c == ' '; });
  if (!has_host || !plain) node.reject("must be a URL that begins with http:// or https://");
  if (url.size() > kLongestUrl) node.reject("must not be longer than " + std::to_string(kLongestUrl) + " bytes");
  return url;
}

}  // namespace

AlarmText read_alarm_text(const Node& node) {
  AlarmText text;
  const Node severity = node.at("severity");
  text.severity = severity.text(text.severity);
  if (!is_severity(text.severity)) {
    severity.reject("must be critical, warning, info or another word of at most " + std::to_string(kLongestSeverity) +
                    " small letters, digits, _ and -");
  }
  text.summary = read_prose(node.at("summary"), kLongestSummary);
  text.description = read_prose(node.at("description"), kLongestDescription);
  text.runbook = read_runbook(node.at("runbook"));
  text.notify = node.at("notify").flag(text.notify);
  return text;
}

std::string broken_alarm_name(std::string_view name) {
  if (name.empty()) return "an alarm needs a name";
  if (name.size() > kLongestName) {
    return "the name of an alarm must not be longer than " + std::to_string(kLongestName) + " bytes";
  }
  if (find_invalid_utf8(name) || std::any_of(name.begin(), name.end(), is_control)) {
    return "the name of an alarm must be printable text in UTF-8";
  }
  if (name.find('/') != std::string_view::npos) return "the name of an alarm must not have a / in it";
  return "";
}

bool given(const Node& node) { return node.present() && node.kind() != Node::Kind::null; }

bool is_off_word(std::string_view word) {
  return std::any_of(kOff.begin(), kOff.end(), [&](std::string_view off) { return equal_ignore_case(word, off); });
}

bool is_off(const Node& node) { return node.kind() == Node::Kind::scalar && is_off_word(node.text()); }

std::string did_you_mean(std::string_view name) {
  return name.empty() ? "" : ", did you mean " + in_quotes(name) + "?";
}

std::optional<double> parse_percent(std::string_view text) {
  text = trim(text);
  if (text.ends_with('%')) text = trim(text.substr(0, text.size() - 1));
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  // Read as hundredths at once: 99.9 divided by 100 is a little more than 0.999, and 0.999 would be below it.
  const std::string hundredths = std::string(text) + "e-2";
  double ratio = 0;
  const auto [end, error] = std::from_chars(hundredths.data(), hundredths.data() + hundredths.size(), ratio);
  if (error != std::errc{} || end != hundredths.data() + hundredths.size()) return std::nullopt;
  return ratio;
}

}  // namespace vedette
