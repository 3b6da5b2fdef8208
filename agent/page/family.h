#pragma once
// What is the same for all families: their first two lines, and the families that every target has.

#include <string>
#include <string_view>
#include <vector>

#include "model/metric.h"
#include "model/own.h"
#include "page/metrics.h"

namespace vedette {

/// The `# HELP` and `# TYPE` lines. OpenMetrics names a counter's family without its `_total`.
std::string family_head(std::string_view name, std::string_view help, OwnFamily::Type type, Exposition exposition);
/// A counter's name without `_total`; any other name as it is.
std::string_view without_total(std::string_view name);

/// The agent's own families as text: prometheus-cpp's model and serializer for the text format, ours for OpenMetrics.
std::string own_page(const std::vector<OwnFamily>& own, Exposition exposition);

// Names and texts that blackbox_exporter's dashboards know.
inline constexpr Metric kProbeSuccess{"probe_success", "Displays whether or not the probe was a success"};
inline constexpr Metric kProbeDuration{"probe_duration_seconds",
                                       "Returns how long the probe took to complete in seconds"};
inline constexpr Metric kProbeTimeout{"probe_timeout_seconds", "How long the probe was allowed to take in seconds"};
// Ours.
inline constexpr Metric kResults{"vedette_probe_results_total", "Probe runs by their result"};
inline constexpr Metric kDurations{"vedette_probe_duration_seconds",
                                   "How long the target's probe runs took in seconds"};
inline constexpr Metric kLastRun{"vedette_probe_last_run_timestamp_seconds",
                                 "When the target's last probe run began, in unixtime"};
inline constexpr Metric kSkipped{"vedette_probe_skipped_total",
                                 "Slots that were passed over: the run before had not ended, too many others were "
                                 "under way, or the agent was not running"};
inline constexpr Metric kFailureInfo{"vedette_probe_failure_info",
                                     "Why the target's last probe run failed; absent when it did not"};
/// The same on the page of one probe.
inline constexpr Metric kProbeFailureInfo{"probe_failure_info", "Why the probe failed; absent when it did not"};

/// `phase="tls",reason="tls_expired"`
std::string failure_labels(Phase phase, Reason reason);

}  // namespace vedette
