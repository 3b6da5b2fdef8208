#pragma once
// What of alarms and objectives a scrape shows: written on the loop's thread, read by any.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "alarm/spec.h"
#include "model/alarm.h"
#include "model/labels.h"
#include "model/own.h"
#include "model/snapshot.h"

namespace vedette {

struct AlarmCell {
  explicit AlarmCell(std::string its_labels) : labels(std::move(its_labels)) {}
  const std::string labels;  // `target="shop",module="http_2xx",team="web",alarm="slow",severity="critical"`
  std::atomic<AlarmState> state{AlarmState::insufficient_data};
  std::atomic<double> value;      // NaN: none
  std::atomic<double> threshold;  // likewise
  std::array<Counter, 3> transitions;
};

struct ObjectiveCell {
  explicit ObjectiveCell(std::string its_labels) : labels(std::move(its_labels)) {}
  const std::string labels;  // `target="shop",module="http_2xx",team="web",slo="latency"`
  std::atomic<double> objective{0};
  Counter good, total;
};

/// What there is to show just now.
struct AlarmCells {
  std::vector<std::shared_ptr<AlarmCell>> alarms;
  std::vector<std::shared_ptr<ObjectiveCell>> objectives;
};

/// `labels` are a target's or a composite alarm's own; those that the cell has itself are left out of them.
std::shared_ptr<AlarmCell> make_alarm_cell(const Labels& labels, const std::string& alarm, const std::string& severity);
std::shared_ptr<ObjectiveCell> make_objective_cell(const Labels& labels, const std::string& objective);

/// The families vedette_alarm_* and vedette_slo_*.
void append_alarm_families(const std::shared_ptr<const AlarmCells>& cells, Snapshot& snapshot);

}  // namespace vedette
