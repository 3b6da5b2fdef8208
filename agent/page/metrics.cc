// /metrics: every target's ready label text and numbers, joined family by family. Nothing here waits for a probe.

#include "page/metrics.h"

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
    double TargetRow::*value = nullptr;
  };

  void collect();
  void collect_schema(const Schema& schema, std::size_t number);
  void collect_own();
  Family& measured(const Metric& metric);

  void write_measured(const Family& family);
  void write_success(const Family& family);
  void write_value(const Family& family);
  void write_failure(const Family& family);
  void write_results(const Family& family);
  void write_skipped(const Family& family);
  void write_durations(const Family& family);
  void write_created(std::string_view name, const TargetRow& row, std::string_view more);
  const std::vector<std::string>& bound_labels(const Buckets* buckets);

  const Snapshot& snapshot_;
  const Exposition exposition_;
  PageWriter& page_;
  std::map<std::string_view, Family> families_;
  std::vector<std::size_t> schema_of_row_;
  std::unordered_map<const Buckets*, std::vector<std::string>> bounds_;
};

/// Finds out which families there are, and where their numbers lie.
void TargetPage::collect() {
  std::unordered_map<const Series*, std::size_t> numbers;
  schema_of_row_.reserve(snapshot_.rows.size());
  for (const TargetRow& row : snapshot_.rows) {
    const auto [found, is_new] = numbers.try_emplace(row.text->schema.data(), numbers.size());
    if (is_new) collect_schema(row.text->schema, found->second);
    schema_of_row_.push_back(found->second);
    if (!row.ran || !row.infos) continue;
    for (const Info& info : *row.infos) measured(*info.metric).has_infos = true;
  }
  for (auto& [name, family] : families_) family.columns.resize(numbers.size());
  if (!snapshot_.rows.empty()) collect_own();
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
                       double TargetRow::*value) {
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
  for (std::size_t i = 0; i < snapshot_.rows.size() && !page_.gone(); ++i) {
    const TargetRow& row = snapshot_.rows[i];
    if (!row.ran) continue;
    for (const Column& column : family.columns[schema_of_row_[i]]) {
      if (!row.present.test(column.index)) continue;
      page_.line(family.name, row.text->labels, column.labels, snapshot_.numbers[row.values + column.index]);
    }
    if (!family.has_infos || !row.infos) continue;
    for (const Info& info : *row.infos) {
      if (info.metric->name == family.name) page_.line(family.name, row.text->labels, info.labels, info.value);
    }
  }
}

void TargetPage::write_success(const Family& family) {
  for (const TargetRow& row : snapshot_.rows) {
    if (row.ran) page_.line(family.name, row.text->labels, {}, row.failed ? 0 : 1);
  }
}

void TargetPage::write_value(const Family& family) {
  for (const TargetRow& row : snapshot_.rows) {
    if (row.ran) page_.line(family.name, row.text->labels, {}, row.*family.value);
  }
}

void TargetPage::write_failure(const Family& family) {
  for (const TargetRow& row : snapshot_.rows) {
    if (row.ran && row.failed) page_.line(family.name, row.text->labels, failure_labels(row.phase, row.reason), 1);
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
  for (const TargetRow& row : snapshot_.rows) {
    page_.line(family.name, row.text->labels, kSuccess, row.successes);
    write_created(created, row, kSuccess);
    page_.line(family.name, row.text->labels, kFailure, row.failures);
    write_created(created, row, kFailure);
  }
}

void TargetPage::write_skipped(const Family& family) {
  const std::string created = std::string(without_total(family.name)) + "_created";
  for (const TargetRow& row : snapshot_.rows) {
    page_.line(family.name, row.text->labels, {}, row.skipped);
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
  const std::vector<std::string>* labels = nullptr;
  for (const TargetRow& row : snapshot_.rows) {
    if (page_.gone()) return;
    if (!labels || row.text->buckets.get() != buckets) {  // most targets share one
      buckets = row.text->buckets.get();
      labels = &bound_labels(buckets);
    }
    double cumulative = 0;
    for (std::size_t i = 0; i < labels->size(); ++i) {
      cumulative += snapshot_.numbers[row.counts + i];
      page_.line(bucket, row.text->labels, (*labels)[i], cumulative);
    }
    page_.line(sum, row.text->labels, {}, row.duration_sum);
    page_.line(count, row.text->labels, {}, cumulative);
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
