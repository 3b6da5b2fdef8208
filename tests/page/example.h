#pragma once
// Four targets of two probers: up, down, never run, and one of another prober that shares a family.

#include <limits>

#include "model/own.h"
#include "model/snapshot.h"

namespace example {

inline constexpr vedette::Metric kStatus{"probe_http_status_code", "Response HTTP status code"};
inline constexpr vedette::Metric kPhases{"probe_http_duration_seconds",
                                         "Duration of http request by phase, summed over all redirects"};
inline constexpr vedette::Metric kLookup{"probe_dns_lookup_time_seconds",
                                         "Returns the time taken for probe dns lookup in seconds"};
inline constexpr vedette::Metric kTls{"probe_tls_version_info",
                                      "Returns the TLS version used or \"NaN\\unknown\"\nwhen not"};

inline constexpr vedette::Series kHttp[] = {
    {&kLookup, ""}, {&kStatus, ""}, {&kPhases, R"(phase="connect")"}, {&kPhases, R"(phase="tls")"}};
inline constexpr vedette::Series kTcp[] = {{&kLookup, ""}};

inline vedette::TargetRow& add_row(vedette::Snapshot& snapshot, std::string labels, vedette::Schema schema,
                                   std::shared_ptr<const vedette::Buckets> buckets, std::vector<double> values,
                                   std::vector<double> counts) {
  auto text = std::make_shared<vedette::TargetText>();
  text->labels = std::move(labels);
  text->schema = schema;
  text->buckets = std::move(buckets);
  text->created = vedette::WallTime(std::chrono::milliseconds(1'700'000'000'250));
  vedette::TargetRow row;
  row.text = std::move(text);
  row.values = static_cast<std::uint32_t>(snapshot.numbers.size());
  snapshot.numbers.insert(snapshot.numbers.end(), values.begin(), values.end());
  row.counts = static_cast<std::uint32_t>(snapshot.numbers.size());
  snapshot.numbers.insert(snapshot.numbers.end(), counts.begin(), counts.end());
  snapshot.rows.push_back(std::move(row));
  return snapshot.rows.back();
}

inline vedette::Snapshot snapshot() {
  const auto buckets = std::make_shared<const vedette::Buckets>(vedette::Buckets{0.05, 1, 2.5});
  const auto others = std::make_shared<const vedette::Buckets>(vedette::Buckets{10});
  vedette::Snapshot all;
  vedette::TargetRow& down =
      add_row(all, R"(target="api",module="http_2xx")", kHttp, buckets, {0.002, 503, 0, 0}, {1, 2, 0, 3});
  down.present = 0b0011;
  down.ran = down.failed = true;
  down.phase = vedette::Phase::check;
  down.reason = vedette::Reason::status;
  down.successes = 4;
  down.failures = 2;
  down.skipped = 1;
  down.duration_sum = 42.125;
  down.last_duration = 12.5;
  down.timeout = 10;
  down.last_run = 1'700'000'123.5;
  vedette::TargetRow& tcp = add_row(all, R"(target="db",module="tcp")", kTcp, others, {0.25}, {7, 0});
  tcp.present = 1;
  tcp.ran = true;
  tcp.successes = 7;
  tcp.duration_sum = 1.75;
  tcp.last_duration = 0.25;
  tcp.timeout = 2.5;
  tcp.last_run = 1'700'000'124;
  add_row(all, R"(target="new",module="http_2xx")", kHttp, buckets, {9, 9, 9, 9}, {0, 0, 0, 0}).present = 0b1111;
  vedette::TargetRow& up = add_row(all, R"(target="shop",module="http_2xx",team="we\"b")", kHttp, buckets,
                                   {0.000123, 200, 0.003, 0.041}, {1'000'000, 0, 0, 0});
  up.present = 0b1111;
  up.ran = true;
  up.infos = std::make_shared<const std::vector<vedette::Info>>(
      std::vector<vedette::Info>{{&kTls, R"(version="TLS 1.3")", 1}});
  up.successes = 1'000'000;
  up.duration_sum = 33'333.3;
  up.last_duration = 0.0441;
  up.timeout = 10;
  up.last_run = 1'700'000'125;
  return all;
}

inline std::vector<vedette::OwnFamily> own() {
  using Type = vedette::OwnFamily::Type;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {{"vedette_web_requests_total",
           "Requests answered",
           Type::counter,
           {{{{"path", "/metrics"}, {"code", "200"}}, 3, {}}}},
          {"vedette_build_info", "The agent's build", Type::gauge, {{{{"version", "0.1.0"}}, 1, {}}}},
          {"vedette_nothing_seconds", "A family without points is not shown", Type::gauge, {}},
          {"vedette_loop_lag_seconds",
           "How late timers were",
           Type::histogram,
           {{{}, 0.75, {{0.5, 2}, {1, 3}, {kInfinity, 3}}}}},
          {"vedette_web_requests_total",
           "Requests answered",
           Type::counter,
           {{{{"path", "other"}, {"code", "404"}}, 1, {}}}}};
}

}  // namespace example
