#include "alarm/draft.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "alarm/threshold.h"
#include "base/text.h"
#include "config/suggest.h"

namespace vedette {
namespace {

constexpr int kMostPeriods = 86400;  // of a second, in a day

// In the order of AlarmKind.
constexpr std::array<std::string_view, 5> kKinds = {"unavailable", "slow", "certificate_expiring", "status_class",
                                                    "reading"};

std::optional<AlarmKind> parse_kind(std::string_view word) {
  const auto found = std::find(kKinds.begin(), kKinds.end(), word);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<AlarmKind>(found - kKinds.begin());
}

class Reader {
 public:
  Reader(const std::string& name, const Node& node) : node_(node) {
    draft_.node = node;
    draft_.spec.name = name;
  }

  AlarmDraft read() {
    refuse_others_words();
    kind_ = read_kind();
    spec_.kind = kind_.value_or(AlarmKind::unavailable);
    read_reading();
    read_classes();
    read_statistic();
    read_window();
    read_condition();
    spec_.text = read_alarm_text(node_);
    node_.finish();
    return std::move(draft_);
  }

 private:
  bool is(AlarmKind kind) const { return kind_ == kind; }

  /// Words of CloudWatch's that are said otherwise here.
  void refuse_others_words() const {
    struct Word {
      std::string_view theirs, ours;
    };
    constexpr std::array<Word, 4> kWords = {
        {{"threshold", "above, at_least, below or at_most with the threshold"},
         {"comparison_operator", "above, at_least, below or at_most with the threshold"},
         {"evaluation_periods", "datapoints: M of N, as in \"2 of 3\""},
         {"datapoints_to_alarm", "datapoints: M of N, as in \"2 of 3\""}}};
    for (const Word& word : kWords) {
      const Node node = node_.at(word.theirs);
      if (given(node)) node.reject(fmt::format("is written otherwise here: {}", word.ours));
    }
  }

  std::optional<AlarmKind> read_kind() {
    const Node kind = node_.at("kind");
    const std::string word = kind.text();
    const auto named = parse_kind(spec_.name);
    const bool is_named = named && *named != AlarmKind::reading;
    if (is_named && given(kind) && word != spec_.name) {
      kind.reject(fmt::format("its name says that it is {}; give it another name", in_quotes(spec_.name)));
    }
    if (is_named) return named;
    if (given(kind)) {
      const auto written = parse_kind(word);
      if (!written) {
        kind.reject(fmt::format("there is no such kind{} (there are {})", did_you_mean(closest(word, kKinds)),
                                fmt::join(kKinds, ", ")));
      }
      return written;
    }
    if (given(node_.at("reading"))) return AlarmKind::reading;
    const std::span words(kKinds.data(), kKinds.size() - 1);
    node_.reject(fmt::format(
        "what does it watch{} Its name is no kind ({}), so write kind: with one of these, or "
        "reading: with a number of the prober's",
        closest(spec_.name, words).empty() ? "?" : did_you_mean(closest(spec_.name, words)), fmt::join(words, ", ")));
    return std::nullopt;
  }

  template <class T>
  static void take(const Node& node, const Result<T>& parsed, T& into) {
    if (parsed) {
      into = *parsed;
    } else {
      node.reject(parsed.error().message);
    }
  }

  // Keys that only some kinds have.
  bool belongs(const Node& node, AlarmKind kind) const {
    if (!given(node) || is(kind)) return given(node);
    if (kind_) node.reject(fmt::format("belongs to an alarm of kind {} only", kind_name(kind)));
    return false;
  }

  void read_reading() {
    const Node reading = node_.at("reading"), labels = node_.at("reading_labels");
    if (is(AlarmKind::certificate_expiring)) draft_.metric = "probe_ssl_earliest_cert_expiry";
    if (is(AlarmKind::status_class)) draft_.metric = "probe_http_status_code";
    if (belongs(reading, AlarmKind::reading)) {
      draft_.metric = reading.text();
      if (draft_.metric.empty()) reading.reject("must name a number of the prober's");
    } else if (is(AlarmKind::reading)) {
      node_.reject("needs a reading: the name of the number that it watches");
    }
    if (!belongs(labels, AlarmKind::reading)) return;
    for (const auto& [name, value] : labels.members()) draft_.metric_labels.emplace_back(name, value.text());
  }

  void read_classes() {
    const Node classes = node_.at("class");
    if (!belongs(classes, AlarmKind::status_class)) {
      if (is(AlarmKind::status_class)) node_.reject("needs a class: which answers count, such as 5xx or [4xx, 5xx]");
      return;
    }
    const bool one = classes.kind() == Node::Kind::scalar;
    const auto items = one ? std::vector<Node>{classes} : classes.items();
    for (const Node& item : items) {
      const std::string word = to_lower(item.text());
      if (word.size() == 3 && word[0] >= '1' && word[0] <= '5' && word.ends_with("xx")) {
        spec_.classes.push_back(word[0] - '0');
      } else {
        item.reject("must be one of 1xx, 2xx, 3xx, 4xx, 5xx");
      }
    }
    if (items.empty() && classes.kind() == Node::Kind::list) classes.reject("must not be empty");
  }

  void read_statistic() {
    const Node statistic = node_.at("statistic"), low_samples = node_.at("low_samples");
    if (is(AlarmKind::certificate_expiring)) spec_.statistic.measure = Measure::minimum;
    if (given(statistic)) take(statistic, parse_statistic(statistic.text()), spec_.statistic);
    if (!given(low_samples)) return;
    const std::string word = low_samples.text();
    if (word != "evaluate" && word != "ignore") low_samples.reject("must be evaluate or ignore");
    spec_.ignore_low_samples = word == "ignore";
    if (samples_needed(spec_.statistic) == 0) {
      low_samples.reject("belongs to a percentile such as p90: no other statistic can have too few samples");
    }
  }

  void read_window() {
    Condition& condition = spec_.condition;
    const Node datapoints = node_.at("datapoints"), period = node_.at("period"), missing = node_.at("missing_data");
    if (given(datapoints)) take(datapoints, parse_m_of_n(datapoints.text()), condition.datapoints);
    if (condition.datapoints.n > kMostPeriods) {
      datapoints.reject(fmt::format("N is at most {}", kMostPeriods));
      condition.datapoints = {};
    }
    condition.range = evaluation_range(condition.datapoints.n);
    // A run that waits for a silent site leaves periods without a result: that is neither news nor an all-clear.
    if (is(AlarmKind::certificate_expiring) || is(AlarmKind::unavailable)) condition.missing = MissingData::ignore;
    if (given(missing)) take(missing, parse_missing_data(missing.text()), condition.missing);
    WindowShape& shape = spec_.shape;
    shape.periods = condition.datapoints.n;
    shape.range = condition.range;
    shape.wall_clock = node_.at("wall_clock").flag(false);
    if (!given(period)) return;
    shape.period = period.duration(shape.period);
    draft_.period = shape.period;
    check_shape(period, given(datapoints) ? datapoints : period);
  }

  // The period itself may be wrong, or only together with how many there are.
  void check_shape(const Node& period, const Node& datapoints) const {
    WindowShape one = spec_.shape;
    one.periods = 1;
    if (const auto checked = check_window_shape(one); !checked) return period.reject(checked.error().message);
    if (const auto checked = check_window_shape(spec_.shape); !checked) datapoints.reject(checked.error().message);
  }

  void read_condition() {
    const Unit unit = unit_of(spec_.kind, spec_.statistic, draft_.metric);
    if (unit == Unit::time || unit == Unit::any_time) spec_.shown = Shown::as_duration;
    const Node within = node_.at("within");
    std::vector<std::pair<std::string_view, Node>> limits;
    for (const char* key : {"above", "at_least", "below", "at_most"}) {
      if (const Node limit = node_.at(key); given(limit)) limits.emplace_back(key, limit);
    }
    if (belongs(within, AlarmKind::certificate_expiring)) limits.emplace_back("within", within);
    if (!kind_) return;
    if (limits.empty()) return read_no_limit();
    const auto& [word, limit] = limits.front();
    if (limits.size() > 1) {
      node_.reject(fmt::format("has several thresholds ({} and {}): one is allowed", word, limits[1].first));
    }
    spec_.condition.comparison = word == "within" ? Comparison::below : *parse_comparison(word);
    const auto threshold = read_threshold(limit, unit);
    spec_.condition.threshold = threshold.value_or(0);
    const bool upward = word == "above" || word == "at_least";
    if (is(AlarmKind::unavailable) && unit == Unit::ratio && upward) {
      limit.reject("what is watched is the share of results that are up: write below or at_most, say below: 95%");
    }
    if (const auto checked = check_condition(spec_.condition); !checked) limit.reject(checked.error().message);
  }

  void read_no_limit() {
    Condition& condition = spec_.condition;
    switch (spec_.kind) {
      case AlarmKind::unavailable:
        condition.comparison = Comparison::below;
        condition.threshold = 1;
        return;
      case AlarmKind::certificate_expiring:
        condition.comparison = Comparison::below;
        condition.threshold = to_seconds(std::chrono::hours(30 * 24));
        return;
      case AlarmKind::status_class: return;  // above 0
      case AlarmKind::slow:
      case AlarmKind::reading: break;
    }
    node_.reject("needs a threshold: one of above, at_least, below and at_most");
  }

  Node node_;
  AlarmDraft draft_;
  AlarmSpec& spec_ = draft_.spec;
  std::optional<AlarmKind> kind_;  // none: nobody knows, and it was said
};

}  // namespace

std::string_view kind_name(AlarmKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

AlarmDraft read_alarm(const std::string& name, const Node& node) { return Reader(name, node).read(); }

}  // namespace vedette
