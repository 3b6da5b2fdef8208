#pragma once
// `/probe?target=&module=`: one run for whoever asks, in blackbox_exporter's words. Any thread.

#include <memory>

#include "base/log.h"
#include "command/current.h"
#include "model/own.h"
#include "model/web.h"
#include "probe/prober.h"

namespace vedette {

class ProbeEndpoint {
 public:
  ProbeEndpoint(Loop& loop, Net& net, const Configuration& configuration, double timeout_offset, Level level, Log log)
      : loop_(loop),
        net_(net),
        configuration_(configuration),
        offset_(timeout_offset),
        level_(level),
        log_(std::move(log)) {}

  WebResponse answer(const WebRequest& request);
  OwnSource own_metrics() const;

  /// How long a run may take: `scrape` is Prometheus' header in seconds, zero when absent.
  static double timeout_seconds(double scrape, double offset, double module);

 private:
  static Result<double> scrape_timeout(const WebRequest& request);
  WebResponse probe(const Module& module, const Target& target, Duration timeout, const WebRequest& request);

  void tell(const Trace& trace, const Target& target, const ProbeResult& result) const;

  Loop& loop_;
  Net& net_;
  const Configuration& configuration_;
  double offset_;
  Level level_;  // of what single runs tell
  Log log_;
  std::shared_ptr<Counter> unknown_modules_ = std::make_shared<Counter>();
};

/// One run on the loop's thread, waited for by the caller's; never longer than the timeout and a little.
ProbeResult run_once(Loop& loop, Net& net, std::shared_ptr<Prober> prober, Readings blank, Duration timeout,
                     std::shared_ptr<Trace> trace);

}  // namespace vedette
