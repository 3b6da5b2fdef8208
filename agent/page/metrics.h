#pragma once
// The text door: what /metrics and /probe say. Any thread.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/own.h"
#include "model/probe_result.h"
#include "model/snapshot.h"

namespace vedette {

enum class Exposition { text, openmetrics };

/// What the reader prefers by its Accept header: OpenMetrics only when asked for by name with a higher or equal weight.
Exposition choose_exposition(std::string_view accept);
/// The Content-Type to answer with.
std::string_view content_type(Exposition exposition);
/// True when the Accept-Encoding header allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

/// Takes the next piece of the page; false: stop.
using PageSink = std::function<bool(std::string_view)>;

/// Writes the whole page in pieces of about 64 KiB: the targets' families, then the agent's own, each ordered by name.
void write_metrics(const Snapshot& snapshot, const std::vector<OwnFamily>& own, Exposition exposition,
                   const PageSink& sink);

/// blackbox_exporter's answer to one probe: gauges only, families ordered by name.
std::string probe_page(const ProbeResult& result, Duration timeout);

/// Passes pieces on as one gzip member. finish() must be called once, last.
class GzipSink {
 public:
  explicit GzipSink(PageSink next);
  ~GzipSink();
  bool write(std::string_view piece);
  bool finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette
