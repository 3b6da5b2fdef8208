// /metrics: every target's ready label text and numbers, joined family by family. Nothing here waits for a probe.

#include "page/metrics.h"

#include <bitset>
#include <cstdint>
#include <limits>
#include <map>
#include <unordered_map>

#include "page/family.h"
#include "page/writer.h"

namespace vedette {
namespace {

/// Where a family's series stand in one schema.
struct Column {
  std::size_t index;
  std::string_view labels;
};

/// What every line of a target needs, close together: a page reads this once a family, and rows lie far apart.
struct Hot {
  std::uint32_t label_begin, label_size;
  std::uint32_t values;
  std::uint16_t schema;
  bool ran, has_infos;
  std::bitset<Readings::kMost> present;
};

class TargetPage {
 public:
  TargetPage(const Snapshot& snapshot, Exposition exposition, PageWriter& page)
      : snapshot_(snapshot), exposition_(exposition), page_(page) {
    collect();
  }

  void write() {
    for (const auto& [name, family] : families_) {
      if (page_.gone()) return;
      page_.add(family_head(name, family.help, family.type, exposition_));
      (this->*family.write)(family);
    }
  }

 private:
  struct Family {
    std::string_view name, help;
    OwnFamily::Type type = OwnFamily::Type::gauge;
    void (TargetPage::*write)(const Family&) = nullptr;
    std::vector<std::vector<Column>> columns = {};  // by schema
    bool has_infos = false;
    double TargetRow::* value = nullptr;
    const LooseFamily* loose = nullptr;
  };

  void collect();
  void collect_schema(const Schema& schema, std::size_t number);
  void collect_own();
  void collect_loose();
  Family& measured(const Metric& metric);

  void write_measured(const Family& family);
  void write_success(const Family& family);
  void write_value(const Family& family);
  void write_failure(const Family& family);
  void write_results(const Family& family);
  void write_skipped(const Family& family);
  void write_durations(const Family& family);
  void write_loose(const Family& family);
  void write_created(std::string_view name, const TargetRow& row, std::string_view more);
  const std::vector<std::string>& bound_labels(const Buckets* buckets);
  std::string_view label_text(std::size_t row) const {
    return std::string_view(labels_).substr(hot_[row].label_begin, hot_[row].label_size);
  }

  const Snapshot& snapshot_;
  const Exposition exposition_;
  PageWriter& page_;
  std::map<std::string_view, Family> families_;
  std::vector<Hot> hot_;  // by row
  std::string labels_;    // of all rows, one after the other
  std::unordered_map<const Buckets*, std::vector<std::string>> bounds_;
};

/// Finds out which families there are, and where their numbers lie.
void TargetPage::collect() {
  std::unordered_map<const Series*, std::size_t> numbers;
  hot_.reserve(snapshot_.rows.size());
  labels_.reserve(snapshot_.rows.size() * 64);
  for (const TargetRow& row : snapshot_.rows) {
    const auto [found, is_new] = numbers.try_emplace(row.text->schema.data(), numbers.size());
    if (is_new) collect_schema(row.text->schema, found->second);
    hot_.push_back({static_cast<std::uint32_t>(labels_.size()), static_cast<std::uint32_t>(row.text->labels.size()),
                    row.values, static_cast<std::uint16_t>(found->second), row.ran, row.infos != nullptr, row.present});
    labels_ += row.text->labels;
    if (!row.ran || !row.infos) continue;
    for (const Info& info : *row.infos) measured(*info.metric).has_infos = true;
  }
  for (auto& [name, family] : families_) family.columns.resize(numbers.size());
  if (!snapshot_.rows.empty()) collect_own();
  collect_loose();
}

void TargetPage::collect_loose() {
  for (const LooseFamily& loose : snapshot_.loose) {
    if (loose.points.empty()) continue;
    families_[loose.metric->name] = {.name = loose.metric->name,
                                     .help = loose.metric->help,
                                     .type = loose.counter ? OwnFamily::Type::counter : OwnFamily::Type::gauge,
                                     .write = &TargetPage::write_loose,
                                     .loose = &loose};
  }
}

void TargetPage::write_loose(const Family& family) {
  for (const LooseFamily::Point& point : family.loose->points) {
    if (page_.gone()) return;
    page_.line(family.name, *point.labels, point.more, point.value);
  }
}

void TargetPage::collect_schema(const Schema& schema, std::size_t number) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    Family& family = measured(*schema[i].metric);
    if (family.columns.size() <= number) family.columns.resize(number + 1);
    family.columns[number].push_back({i, schema[i].labels});
  }
}

TargetPage::Family& TargetPage::measured(const Metric& metric) {
  const auto [found, is_new] = families_.try_emplace(metric.name);
  if (is_new) found->second = {.name = metric.name, .help = metric.help, .write = &TargetPage::write_measured};
  return found->second;
}

void TargetPage::collect_own() {
  const auto add = [&](const Metric& metric, OwnFamily::Type type, void (TargetPage::*writer)(const Family&),
                       double TargetRow::* value) {
    families_[metric.name] = {.name = metric.name, .help = metric.help, .type = type, .write = writer, .value = value};
  };
  using enum OwnFamily::Type;
  add(kProbeSuccess, gauge, &TargetPage::write_success, nullptr);
  add(kProbeDuration, gauge, &TargetPage::write_value, &TargetRow::last_duration);
  add(kProbeTimeout, gauge, &TargetPage::write_value, &TargetRow::timeout);
  add(kLastRun, gauge, &TargetPage::write_value, &TargetRow::last_run);
  add(kFailureInfo, gauge, &TargetPage::write_failure, nullptr);
  add(kResults, counter, &TargetPage::write_results, nullptr);
  add(kSkipped, counter, &TargetPage::write_skipped, nullptr);
  add(kDurations, histogram, &TargetPage::write_durations, nullptr);
}

void TargetPage::write_measured(const Family& family) {
  for (std::size_t i = 0; i < hot_.size() && !page_.gone(); ++i) {
    const Hot& hot = hot_[i];
    if (!hot.ran) continue;
    const std::string_view labels = label_text(i);
    for (const Column& column : family.columns[hot.schema]) {
      if (!hot.present.test(column.index)) continue;
      page_.line(family.name, labels, column.labels, snapshot_.numbers[hot.values + column.index]);
    }
    if (!family.has_infos || !hot.has_infos) continue;
    for (const Info& info : *snapshot_.rows[i].infos) {
      if (info.metric->name == family.name) page_.line(family.name, labels, info.labels, info.value);
    }
  }
}

void TargetPage::write_success(const Family& family) {
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    const std::string_view labels = label_text(i);
    if (row.ran) page_.line(family.name, labels, {}, row.failed ? 0 : 1);
  }
}

void TargetPage::write_value(const Family& family) {
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    const std::string_view labels = label_text(i);
    if (row.ran) page_.line(family.name, labels, {}, row.*family.value);
  }
}

void TargetPage::write_failure(const Family& family) {
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    const std::string_view labels = label_text(i);
    if (row.ran && row.failed) page_.line(family.name, labels, failure_labels(row.phase, row.reason), 1);
  }
}

/// OpenMetrics only: when counting began, beside the count.
void TargetPage::write_created(std::string_view name, const TargetRow& row, std::string_view more) {
  if (exposition_ == Exposition::text || row.text->created == WallTime{}) return;
  const auto since_epoch = std::chrono::duration_cast<milliseconds>(row.text->created.time_since_epoch());
  page_.line(name, row.text->labels, more, static_cast<double>(since_epoch.count()) / 1e3);
}

void TargetPage::write_results(const Family& family) {
  const std::string created = std::string(without_total(family.name)) + "_created";
  constexpr std::string_view kSuccess = R"(result="success")", kFailure = R"(result="failure")";
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    const std::string_view labels = label_text(i);
    page_.line(family.name, labels, kSuccess, row.successes);
    write_created(created, row, kSuccess);
    page_.line(family.name, labels, kFailure, row.failures);
    write_created(created, row, kFailure);
  }
}

void TargetPage::write_skipped(const Family& family) {
  const std::string created = std::string(without_total(family.name)) + "_created";
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    const std::string_view labels = label_text(i);
    page_.line(family.name, labels, {}, row.skipped);
    write_created(created, row, {});
  }
}

/// `le="0.1"` of each bucket and of +Inf.
const std::vector<std::string>& TargetPage::bound_labels(const Buckets* buckets) {
  const auto [found, is_new] = bounds_.try_emplace(buckets);
  if (!is_new) return found->second;
  for (const double bound : buckets ? *buckets : Buckets{}) {
    const std::string text = exposition_ == Exposition::openmetrics ? bound_float(bound) : go_float(bound);
    found->second.push_back("le=\"" + text + '"');
  }
  found->second.push_back("le=\"+Inf\"");
  return found->second;
}

void TargetPage::write_durations(const Family& family) {
  const std::string name(family.name);
  const std::string bucket = name + "_bucket", sum = name + "_sum", count = name + "_count",
                    created = name + "_created";
  const Buckets* buckets = nullptr;
  const std::vector<std::string>* bounds = nullptr;
  for (std::size_t i = 0; i < hot_.size(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    const std::string_view labels = label_text(i);
    if (page_.gone()) return;
    if (!bounds || row.text->buckets.get() != buckets) {  // most targets share one
      buckets = row.text->buckets.get();
      bounds = &bound_labels(buckets);
    }
    double cumulative = 0;
    for (std::size_t k = 0; k < bounds->size(); ++k) {
      cumulative += snapshot_.numbers[row.counts + k];
      page_.line(bucket, labels, (*bounds)[k], cumulative);
    }
    page_.line(sum, labels, {}, row.duration_sum);
    page_.line(count, labels, {}, cumulative);
    write_created(created, row, {});
  }
}

}  // namespace

void write_metrics(const Snapshot& snapshot, const std::vector<OwnFamily>& own, Exposition exposition,
                   const PageSink& sink) {
  PageWriter page(sink);
  TargetPage(snapshot, exposition, page).write();
  if (page.gone()) return;
  page.add(own_page(own, exposition));
  if (exposition == Exposition::openmetrics) page.add("# EOF\n");
  page.flush();
}

}  // namespace vedette
