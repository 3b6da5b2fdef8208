#include "watch/alarm_cells.h"

#include <cmath>
#include <limits>

namespace vedette {

namespace {

constexpr Metric kState{"vedette_alarm_state", "State of the alarm: 0 ok, 1 alarm, 2 insufficient data"};
constexpr Metric kValue{"vedette_alarm_value", "What the alarm last compared with its threshold, in base units"};
constexpr Metric kThreshold{"vedette_alarm_threshold", "What the alarm compares with, in base units"};
constexpr Metric kTransitions{"vedette_alarm_transitions_total",
                              "Changes of the alarm's state, by the state that began"};
constexpr Metric kObjective{"vedette_slo_objective", "Share of results that must be good"};
constexpr Metric kGood{"vedette_slo_good_total", "Results that were good, for this objective"};
constexpr Metric kTotal{"vedette_slo_total", "Results that count for this objective"};

constexpr std::array<std::string_view, 3> kTo = {R"(to="ok")", R"(to="alarm")", R"(to="insufficient_data")"};

std::string text_of(const Labels& labels, const Labels& own) {
  std::string text;
  for (const auto& [name, value] : labels) {
    bool taken = false;
    for (const auto& label : own) taken = taken || label.first == name;
    if (!taken) append_label(text, name, value);
  }
  for (const auto& [name, value] : own) append_label(text, name, value);
  text.shrink_to_fit();
  return text;
}

}  // namespace

std::shared_ptr<AlarmCell> make_alarm_cell(const Labels& labels, const std::string& alarm,
                                           const std::string& severity) {
  auto cell = std::make_shared<AlarmCell>(text_of(labels, {{"alarm", alarm}, {"severity", severity}}));
  cell->value = cell->threshold = std::numeric_limits<double>::quiet_NaN();
  return cell;
}

std::shared_ptr<ObjectiveCell> make_objective_cell(const Labels& labels, const std::string& objective) {
  return std::make_shared<ObjectiveCell>(text_of(labels, {{"slo", objective}}));
}

void append_alarm_families(const std::shared_ptr<const AlarmCells>& cells, Snapshot& snapshot) {
  if (!cells) return;
  LooseFamily state{&kState, false, {}}, value{&kValue, false, {}}, threshold{&kThreshold, false, {}},
      transitions{&kTransitions, true, {}};
  for (const auto& cell : cells->alarms) {
    double compared = cell->value, limit = cell->threshold;
    state.points.push_back({&cell->labels, {}, static_cast<double>(cell->state.load())});
    if (!std::isnan(compared)) value.points.push_back({&cell->labels, {}, compared});
    if (!std::isnan(limit)) threshold.points.push_back({&cell->labels, {}, limit});
    for (std::size_t i = 0; i < kTo.size(); ++i)
      transitions.points.push_back({&cell->labels, kTo[i], static_cast<double>(cell->transitions[i].get())});
  }
  LooseFamily objective{&kObjective, false, {}}, good{&kGood, true, {}}, total{&kTotal, true, {}};
  for (const auto& cell : cells->objectives) {
    objective.points.push_back({&cell->labels, {}, cell->objective});
    // In this order, so that there are never more good ones than all.
    good.points.push_back({&cell->labels, {}, static_cast<double>(cell->good.get())});
    total.points.push_back({&cell->labels, {}, static_cast<double>(cell->total.get())});
  }
  for (LooseFamily* family : {&state, &value, &threshold, &transitions, &objective, &good, &total}) {
    if (!family->points.empty()) snapshot.loose.push_back(std::move(*family));
  }
  snapshot.keep.push_back(cells);
}

}  // namespace vedette
