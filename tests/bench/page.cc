// What a scrape costs the agent before the kernel sends it: the copy out of the board and the page written from it,
// plain and gzip, with targets x 36 series as http targets have them. CPU in milliseconds, the median of `--rounds`.
//
//   page [--targets=10000] [--rounds=9]

#include "measure.h"
#include "page/metrics.h"
#include "watch/board.h"

namespace vedette::bench {
namespace {

constexpr std::size_t kMeasured = 18;

/// As many gauges as an http probe without TLS reports.
Schema schema() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < kMeasured; ++i)
      all.push_back("probe_http_measured_" + std::to_string(10 + i) + "_seconds");
    return all;
  }();
  static const std::vector<Metric> metrics = [] {
    std::vector<Metric> all;
    for (const std::string& name : names) all.push_back({name, "One of the numbers that a probe measures."});
    return all;
  }();
  static const std::vector<Series> series = [] {
    std::vector<Series> all;
    for (const Metric& metric : metrics) all.push_back({&metric, ""});
    return all;
  }();
  return series;
}

/// Every target was probed once; every value needs many digits, as measured times do.
void fill(Board& board, int targets) {
  const auto buckets = std::make_shared<const Buckets>(Buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5});
  Plan plan;
  for (int t = 0; t < targets; ++t) {
    auto job = std::make_shared<Job>();
    job->target.name = "site-" + std::to_string(100000 + t);
    job->timeout = seconds(5);
    auto text = std::make_shared<TargetText>();
    text->labels = "target=\"" + job->target.name + R"(",module="http",region="eu-west-1",team="web")";
    text->schema = schema();
    text->buckets = buckets;
    job->text = std::move(text);
    plan.jobs.push_back(std::move(job));
  }
  board.replace(plan);
  for (std::size_t t = 0; t < plan.jobs.size(); ++t) {
    ProbeResult result;
    result.readings = Readings(schema());
    for (std::size_t s = 0; s < kMeasured; ++s) {
      result.readings.set(s, 0.001 + 1e-7 * static_cast<double>(t) + 1e-9 * static_cast<double>(s));
    }
    result.at = wall_now();
    result.elapsed = std::chrono::microseconds(900 + static_cast<int>(t % 100));
    board.record(*plan.jobs[t], result);
  }
}

void measure(int targets, int rounds) {
  Board board;
  fill(board, targets);
  std::size_t lines = 0, comments = 0;
  write_metrics(board.snapshot(), {}, Exposition::text, [&](std::string_view piece) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
      lines += piece[i] == '\n';
      comments += piece[i] == '#';
    }
    return true;
  });
  const Cost copy = median_cost(rounds, [&] {
    board.snapshot();
    return std::size_t{0};
  });
  const Cost plain = median_cost(rounds, [&] {
    std::size_t bytes = 0;
    write_metrics(board.snapshot(), {}, Exposition::text, [&](std::string_view piece) {
      bytes += piece.size();
      return true;
    });
    return bytes;
  });
  const Cost gzip = median_cost(rounds, [&] {
    std::size_t bytes = 0;
    GzipSink sink([&](std::string_view piece) {
      bytes += piece.size();
      return true;
    });
    write_metrics(board.snapshot(), {}, Exposition::text, [&](std::string_view piece) { return sink.write(piece); });
    sink.finish();
    return bytes;
  });
  std::printf(
      "{\"series\": %zu, \"bytes\": %zu, \"gzip_bytes\": %zu, \"copy_ms\": %.3f, \"plain_ms\": %.3f, \"gzip_ms\": "
      "%.3f}\n",
      lines - comments, plain.bytes, gzip.bytes, copy.ms, plain.ms, gzip.ms);
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  vedette::bench::Flags flags(argc, argv);
  const vedette::bench::Amount amount(flags, 9);
  flags.finish();
  vedette::bench::measure(amount.targets, amount.rounds);
}
