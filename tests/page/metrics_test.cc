#include "page/metrics.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "page/example.h"
#include "page/golden.h"
#include "support/catch.h"

using namespace vedette;

namespace {

/// What `promtool check metrics` says of a page, its exit code included.
std::string promtool(const std::string& page) {
  char name[] = "/tmp/vedette_page_test_XXXXXX";
  const int file = ::mkstemp(name);
  REQUIRE(::write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size()));
  ::close(file);
  std::FILE* pipe = ::popen((std::string("promtool check metrics 2>&1 < ") + name).c_str(), "r");
  REQUIRE(pipe);
  std::string said;
  for (int c; (c = std::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  const int code = ::pclose(pipe);
  ::unlink(name);
  return said + (code == 0 ? "" : "failed");
}

/// Enough targets for several pieces.
Snapshot many_targets() {
  Snapshot all;
  const auto buckets = std::make_shared<const Buckets>(Buckets{1});
  for (int i = 0; i < 500; ++i) {
    const std::string labels = "target=\"" + std::to_string(1000 + i) + '"';
    TargetRow& row = example::add_row(all, labels, example::kHttp, buckets, {1, 2, 3, 4}, {0, 0});
    row.ran = true;
    row.present = 0b1111;
  }
  return all;
}

}  // namespace

TEST_CASE("The text page is the golden one") {
  CHECK(page_of(example::snapshot(), example::own(), Exposition::text) == golden("metrics.txt"));
}

TEST_CASE("The OpenMetrics page is the golden one") {
  CHECK(page_of(example::snapshot(), example::own(), Exposition::openmetrics) == golden("metrics_openmetrics.txt"));
}

TEST_CASE("promtool finds nothing to say about the text page") {
  CHECK(promtool(page_of(example::snapshot(), example::own(), Exposition::text)).empty());
}

TEST_CASE("Without targets and numbers of its own a page is empty, in OpenMetrics properly ended") {
  CHECK(page_of({}, {}, Exposition::text).empty());
  CHECK(page_of({}, {}, Exposition::openmetrics) == "# EOF\n");
}

TEST_CASE("A page comes in pieces of at most 64 KiB that add up") {
  std::string page;
  std::size_t pieces = 0, largest = 0;
  write_metrics(many_targets(), {}, Exposition::text, [&](std::string_view piece) {
    page += piece;
    ++pieces;
    largest = std::max(largest, piece.size());
    return true;
  });
  CHECK(pieces > 5);
  CHECK(largest <= 64 * 1024);
  CHECK(largest > 60 * 1024);
  CHECK(std::count(page.begin(), page.end(), '\n') == 500 * (4 + 4 + 2 + 1 + 4) + 2 * 11);
  CHECK(page.ends_with("vedette_probe_skipped_total{target=\"1499\"} 0\n"));
}

TEST_CASE("A label text larger than a piece is written all the same") {
  Snapshot all;
  const std::string labels = "target=\"" + std::string(200'000, 'x') + '"';
  example::add_row(all, labels, {}, std::make_shared<const Buckets>(), {}, {0}).ran = true;
  const std::string page = page_of(all, {}, Exposition::text);
  CHECK(page.find("probe_success{" + labels + "} 1\n") != std::string::npos);
}

TEST_CASE("A reader that has gone is written to no more") {
  int pieces = 0;
  write_metrics(many_targets(), example::own(), Exposition::text, [&](std::string_view) {
    ++pieces;
    return false;
  });
  CHECK(pieces == 1);
}
