// /probe: what blackbox_exporter says of one probe, to the letter where it says it.

#include <algorithm>
#include <map>

#include "page/family.h"
#include "page/number.h"

namespace vedette {
namespace {

/// `a="1",b="2"` in pieces; a comma within quotes does not separate.
std::vector<std::string> split_labels(std::string_view text) {
  std::vector<std::string> labels;
  bool in_quotes = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_quotes = !in_quotes;
    } else if (text[i] == ',' && !in_quotes) {
      labels.emplace_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  if (start < text.size()) labels.emplace_back(text.substr(start));
  return labels;
}

/// The same labels ordered by name.
std::string sorted_labels(std::string_view text) {
  std::vector<std::string> labels = split_labels(text);
  std::sort(labels.begin(), labels.end());
  std::string sorted;
  for (const std::string& label : labels) {
    if (!sorted.empty()) sorted += ',';
    sorted += label;
  }
  return sorted;
}

class ProbePage {
 public:
  void add(const Metric& metric, std::string_view labels, double value) {
    Family& family = families_[metric.name];
    family.help = metric.help;
    family.series.emplace_back(sorted_labels(labels), value);
  }

  std::string text() {
    std::string page;
    for (auto& [name, family] : families_) {
      page += family_head(name, family.help, OwnFamily::Type::gauge, Exposition::text);
      std::stable_sort(family.series.begin(), family.series.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [labels, value] : family.series) {
        page += name;
        if (!labels.empty()) page += '{' + labels + '}';
        page += ' ' + go_float(value) + '\n';
      }
    }
    return page;
  }

 private:
  struct Family {
    std::string_view help;
    std::vector<std::pair<std::string, double>> series;
  };
  std::map<std::string_view, Family> families_;
};

}  // namespace

std::string probe_page(const ProbeResult& result, Duration timeout) {
  ProbePage page;
  page.add(kProbeSuccess, {}, result.up() ? 1 : 0);
  page.add(kProbeDuration, {}, to_seconds(result.elapsed));
  page.add(kProbeTimeout, {}, to_seconds(timeout));
  const Schema schema = result.readings.schema();
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (result.readings.has(i)) page.add(*schema[i].metric, schema[i].labels, result.readings.get(i));
  }
  for (const Info& info : result.infos) page.add(*info.metric, info.labels, info.value);
  if (result.failure) {
    page.add(kProbeFailureInfo, failure_labels(result.failure->phase, result.failure->reason), 1);
  }
  return page.text();
}

}  // namespace vedette
