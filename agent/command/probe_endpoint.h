#pragma once
// `/probe?target=&module=`: one run for whoever asks, in blackbox_exporter's words. Any thread.

#include <memory>
#include <optional>

#include "base/log.h"
#include "command/asked_runs.h"
#include "command/current.h"
#include "model/own.h"
#include "model/web.h"
#include "probe/prober.h"

namespace vedette {

/// So many runs at one time; who asks for more gets 503.
inline constexpr int kMostAskedRuns = 256;

class ProbeEndpoint {
 public:
  ProbeEndpoint(Loop& loop, Net& net, const Configuration& configuration, double timeout_offset, Level level, Log log)
      : runs_(loop, net, kMostAskedRuns),
        configuration_(configuration),
        offset_(timeout_offset),
        level_(level),
        log_(std::move(log)) {}

  WebResponse answer(const WebRequest& request);
  OwnSource own_metrics() const;
  /// No new runs: 503.
  void close() { runs_.close(); }
  /// Runs under way may end until then; the rest is cut off and gets 503 too.
  void finish(Time until) { runs_.finish(until); }

  /// How long a run may take: `scrape` is Prometheus' header in seconds, zero when absent.
  static double timeout_seconds(double scrape, double offset, double module);

 private:
  struct ScrapeTimeout {
    double seconds = 0;
    std::optional<WebResponse> refused;
  };
  static ScrapeTimeout scrape_timeout(const WebRequest& request);
  WebResponse probe(const Module& module, const Target& target, Duration timeout, const WebRequest& request);
  /// What the answer needs besides the result.
  struct Asked {
    Target target;
    Duration timeout{};
    std::shared_ptr<Trace> trace;  // may be null
    std::string shown_module;      // for the debug page
    bool debug = false, gzip = false;
  };
  WebResponse page(const Asked& asked, const ProbeResult& result) const;
  WebResponse page(const Asked& asked, const AskedRuns::Outcome& outcome) const;
  void tell(const Trace& trace, const Target& target, const ProbeResult& result) const;

  AskedRuns runs_;
  const Configuration& configuration_;
  double offset_;
  Level level_;  // of what single runs tell
  Log log_;
  std::shared_ptr<Counter> unknown_modules_ = std::make_shared<Counter>();
};

}  // namespace vedette
