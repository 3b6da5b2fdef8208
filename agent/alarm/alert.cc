#include "alarm/alert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace vedette {
namespace {

/// What Prometheus may add when it scrapes; the rule takes these away.
constexpr std::array<std::string_view, 7> kOfScrape = {"container", "endpoint", "instance", "job",
                                                       "namespace", "pod",      "service"};

const std::string* find(const Labels& labels, std::string_view name) {
  const auto at = std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == name; });
  return at == labels.end() ? nullptr : &at->second;
}

Labels labels_of(const AlarmText& text, const Transition& transition) {
  Labels labels{{"alertname", "VedetteAlarm"}, {"alarm", transition.alarm}};
  labels.emplace_back("severity", text.severity.empty() ? "warning" : text.severity);
  if (!transition.target.empty()) labels.emplace_back("target", transition.target);
  for (const auto& [name, value] : transition.labels) {
    const bool dropped = std::find(kOfScrape.begin(), kOfScrape.end(), name) != kOfScrape.end();
    // A label without value is none to Prometheus.
    if (!dropped && !value.empty() && !find(labels, name)) labels.emplace_back(name, value);
  }
  return labels;
}

std::string description_of(const AlarmText& text, const Transition& transition) {
  std::string said = text.description;
  if (said.empty()) {
    const bool on = transition.after == AlarmState::alarm;
    const std::string* region = find(transition.labels, "region");
    said = fmt::format("The alarm {} {}{}.", transition.alarm, on ? "went off" : "is over",
                       region && !region->empty() ? " in " + *region : "");
  }
  return transition.reason.empty() ? said : said + " " + transition.reason;
}

Labels annotations_of(const AlarmText& text, const Transition& transition) {
  Labels notes;
  const std::string of = transition.target.empty() ? "" : " of " + transition.target;
  notes.emplace_back("summary", text.summary.empty() ? "Alarm " + transition.alarm + of + "." : text.summary);
  notes.emplace_back("description", description_of(text, transition));
  if (!text.runbook.empty()) notes.emplace_back("runbook_url", text.runbook);
  if (transition.value) notes.emplace_back("value", fmt::format("{:.6g}", *transition.value));
  if (transition.threshold) notes.emplace_back("threshold", fmt::format("{:.6g}", *transition.threshold));
  return notes;
}

}  // namespace

Alert alert_of(const AlarmText& text, const Transition& transition, const std::string& link) {
  Alert alert{labels_of(text, transition), annotations_of(text, transition), {}, {}, link};
  (transition.after == AlarmState::alarm ? alert.starts : alert.ends) = transition.at;
  return alert;
}

}  // namespace vedette
