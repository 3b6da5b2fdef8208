// What a scrape costs elsewhere: prometheus-cpp's registry and serializer with targets x 25 gauges, a bare copy of a
// page, and three compressors fed with it in blocks. CPU in milliseconds, the median of `--rounds`.
//
//   serialize [--targets=10000] [--rounds=3] [--page=FILE]      without --page, prometheus-cpp's own page is copied and
//   compressed

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <zlib.h>

#include <functional>
#include <iterator>
#include <memory>

#include "measure.h"

namespace vedette::bench {
namespace {

constexpr std::size_t kBlock = 65536;
constexpr int kSeries = 25;

/// The same families and labels as the agent's page has; every value needs many digits, as measured times do.
void fill(prometheus::Registry& registry, int targets) {
  for (int s = 0; s < kSeries; ++s) {
    auto& family = prometheus::BuildGauge()
                       .Name("probe_http_measured_" + std::to_string(10 + s) + "_seconds")
                       .Help("One of the numbers that a probe measures.")
                       .Register(registry);
    for (int t = 0; t < targets; ++t) {
      const std::string name = "site-" + std::to_string(100000 + t);
      family.Add({{"target", name}, {"module", "http"}, {"region", "eu-west-1"}, {"team", "web"}})
          .Set(0.001 + 1e-7 * t + 1e-9 * s);
    }
  }
}

std::size_t copy(const std::string& page, std::vector<std::uint8_t>& out) {
  std::memcpy(out.data(), page.data(), page.size());
  return page.size();
}

std::size_t deflate_whole(const std::string& page, std::vector<std::uint8_t>& out) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(1);
  const auto size = libdeflate_gzip_compress(compressor, page.data(), page.size(), out.data(), out.size());
  libdeflate_free_compressor(compressor);
  return size;
}

std::size_t zlib_stream(const std::string& page, std::vector<std::uint8_t>& out) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::size_t total = 0;
  for (std::size_t at = 0; at < page.size(); at += kBlock) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(page.data() + at));
    stream.avail_in = static_cast<uInt>(std::min(kBlock, page.size() - at));
    do {
      stream.next_out = out.data();
      stream.avail_out = kBlock;
      deflate(&stream, at + kBlock >= page.size() ? Z_FINISH : Z_NO_FLUSH);
      total += kBlock - stream.avail_out;
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return total;
}

std::size_t isal_stream(const std::string& page, std::vector<std::uint8_t>& out) {
  const auto stream = std::make_unique<isal_zstream>();
  std::vector<std::uint8_t> level(ISAL_DEF_LVL1_DEFAULT);
  isal_deflate_init(stream.get());
  stream->level = 1;
  stream->level_buf = level.data();
  stream->level_buf_size = static_cast<std::uint32_t>(level.size());
  stream->gzip_flag = IGZIP_GZIP;
  std::size_t total = 0;
  for (std::size_t at = 0; at < page.size(); at += kBlock) {
    stream->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(page.data() + at));
    stream->avail_in = static_cast<std::uint32_t>(std::min(kBlock, page.size() - at));
    stream->end_of_stream = at + kBlock >= page.size() ? 1 : 0;
    do {
      stream->next_out = out.data();
      stream->avail_out = kBlock;
      if (isal_deflate(stream.get()) != COMP_OK) Flags::fail("isal_deflate failed");
      total += kBlock - stream->avail_out;
    } while (stream->avail_out == 0);
  }
  return total;
}

void print(const char* name, const Cost& cost) {
  std::printf(", \"%s_ms\": %.3f, \"%s_bytes\": %zu", name, cost.ms, name, cost.bytes);
}

void measure(int targets, int rounds, const std::string& file) {
  const double series = static_cast<double>(targets) * kSeries;
  const long rss_empty = rss_kb();
  std::string page;
  {
    prometheus::Registry registry;
    fill(registry, targets);
    const long rss_filled = rss_kb();
    const Cost serial = median_cost(rounds, [&] {
      page = prometheus::TextSerializer().Serialize(registry.Collect());
      return page.size();
    });
    std::printf("{\"series\": %.0f, \"filled_bytes_per_series\": %.1f, \"scraped_bytes_per_series\": %.1f", series,
                static_cast<double>(rss_filled - rss_empty) * 1024 / series,
                static_cast<double>(rss_kb() - rss_empty) * 1024 / series);
    print("prometheus_cpp", serial);
  }
  if (!file.empty()) {
    std::ifstream in(file, std::ios::binary);
    if (!in) Flags::fail("cannot read " + file);
    page.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::vector<std::uint8_t> out(page.size() + kBlock);
  print("memcpy", median_cost(rounds, [&] { return copy(page, out); }));
  print("libdeflate1", median_cost(rounds, [&] { return deflate_whole(page, out); }));
  print("zlib1", median_cost(rounds, [&] { return zlib_stream(page, out); }));
  print("isal1", median_cost(rounds, [&] { return isal_stream(page, out); }));
  std::printf("}\n");
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  vedette::bench::Flags flags(argc, argv);
  const vedette::bench::Amount amount(flags, 3);
  const std::string page = flags.text("page", "");
  flags.finish();
  vedette::bench::measure(amount.targets, amount.rounds, page);
}
