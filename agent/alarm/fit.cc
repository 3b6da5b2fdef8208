// An alarm for one target: the period that suits its interval, and where among its prober's numbers the one is that is
// watched.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "alarm/draft.h"
#include "base/text.h"
#include "config/suggest.h"

namespace vedette {
namespace {

using std::chrono::hours, std::chrono::minutes;

/// The shortest period that is allowed and not shorter than this.
Duration period_for(Duration interval, bool wall_clock) {
  constexpr std::array<Duration, 6> kPeriods = {seconds(1),  seconds(5),  seconds(10),
                                                seconds(20), seconds(30), minutes(1)};
  constexpr std::array<Duration, 5> kWallClock = {minutes(1), minutes(5), hours(1), hours(24), hours(7 * 24)};
  const std::span<const Duration> periods = wall_clock ? std::span<const Duration>(kWallClock) : kPeriods;
  const auto found = std::find_if(periods.begin(), periods.end(), [&](Duration d) { return d >= interval; });
  if (found != periods.end()) return *found;
  return wall_clock ? periods.back() : std::chrono::ceil<minutes>(interval);
}

void fit_period(const AlarmDraft& draft, AlarmSpec& spec, std::string_view target, Duration interval) {
  const Duration least = period_for(interval, spec.shape.wall_clock);
  const std::string whose =
      fmt::format("the interval {} of target {}", format_duration(interval), in_quotes(std::string(target)));
  if (draft.period) {
    if (*draft.period >= interval) return;
    draft.node.at("period").reject(
        fmt::format("{} is shorter than {}, so there would be periods without a result: take {}",
                    format_duration(*draft.period), whose, format_duration(least)));
    return;
  }
  spec.shape.period = least;
  const auto checked = check_window_shape(spec.shape);
  if (!checked)
    draft.node.at("datapoints").reject(fmt::format("{} (the period follows {})", checked.error().message, whose));
}

/// True when the label text `phase="tls",…` has all these labels.
bool has_labels(std::string_view text, const Labels& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
    const std::string wanted = label_text({label});
    // Quotes within values are escaped, so this cannot be found in one.
    const auto at = text.find(wanted);
    return at != std::string_view::npos && (at == 0 || text[at - 1] == ',');
  });
}

std::string names_in(const Schema& schema) {
  std::vector<std::string_view> names;
  for (const Series& series : schema) {
    if (names.empty() || names.back() != series.metric->name) names.push_back(series.metric->name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string unknown_reading(const AlarmDraft& draft, std::string_view target, const Schema& schema) {
  if (schema.empty()) return fmt::format("the prober of target {} has no readings", in_quotes(target));
  std::vector<std::string_view> names;
  for (const Series& series : schema) names.push_back(series.metric->name);
  std::string hint = did_you_mean(closest(draft.metric, names));
  if (draft.metric == "probe_success") hint = ", write kind: unavailable instead";
  if (draft.metric == "probe_duration_seconds") hint = ", write kind: slow instead";
  return fmt::format("the prober of target {} has no such reading{} (it has {})", in_quotes(target), hint,
                     names_in(schema));
}

std::string wrong_labels(const AlarmDraft& draft, const Schema& schema) {
  std::vector<std::string> choices;
  for (const Series& series : schema) {
    if (series.metric->name == draft.metric && !series.labels.empty()) {
      choices.push_back(fmt::format("{{{}}}", series.labels));
    }
  }
  if (choices.empty()) return draft.metric + " has no labels";
  return fmt::format("must say which {} it is: {}", draft.metric, fmt::join(choices, ", "));
}

void fit_reading(AlarmDraft& draft, AlarmSpec& spec, std::string_view target, const Schema& schema) {
  std::vector<std::size_t> named, found;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (schema[i].metric->name != draft.metric) continue;
    named.push_back(i);
    if (has_labels(schema[i].labels, draft.metric_labels)) found.push_back(i);
  }
  if (found.size() == 1) {
    spec.reading = found.front();
    return;
  }
  if (std::exchange(draft.misfit, true)) return;
  if (spec.kind != AlarmKind::reading) {
    draft.node.reject(fmt::format("the prober of target {} reports no {}; take the alarm away there with {}: off",
                                  in_quotes(target), draft.metric, spec.name));
  } else if (named.empty()) {
    draft.node.at("reading").reject(unknown_reading(draft, target, schema));
  } else {
    draft.node.at("reading_labels").reject(wrong_labels(draft, schema));
  }
}

}  // namespace

std::shared_ptr<const AlarmSpec> fit_alarm(AlarmDraft& draft, std::string_view target, Duration interval,
                                           const std::optional<Schema>& schema) {
  auto spec = std::make_shared<AlarmSpec>(draft.spec);
  fit_period(draft, *spec, target, interval);
  if (schema && !draft.metric.empty()) fit_reading(draft, *spec, target, *schema);
  return spec;
}

}  // namespace vedette
