#pragma once
// What the http prober measures, by blackbox_exporter's names.

#include "model/metric.h"

namespace vedette {

enum HttpSeries : std::size_t {
  kDnsLookup,
  kIpProtocol,
  kIpHash,
  kResolve,
  kConnect,
  kTls,
  kProcessing,
  kTransfer,
  kStatus,
  kContentLength,
  kBodyLength,
  kRedirects,
  kSsl,
  kVersion,
  kRegex,
  kLastModified,
  kEarliestExpiry,
  kChainExpiry,
};

Schema http_schema();
/// What is reported of a run that never got to talk: zeros, and no phase.
Readings blank_http_readings();

extern const Metric kChainInfo, kTlsVersionInfo, kTlsCipherInfo;

}  // namespace vedette
