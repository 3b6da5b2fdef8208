#include "model/own.h"

#include <cmath>
#include <thread>

#include "support/catch.h"

using namespace vedette;

TEST_CASE("A histogram counts a value in the first bucket that it does not exceed") {
  Histogram histogram({0.1, 1});
  for (const double value : {0.05, 0.1, 0.5, 1.0, 7.0}) histogram.observe(value);
  const OwnPoint point = histogram.point({{"path", "/"}});
  CHECK(point.labels == Labels{{"path", "/"}});
  REQUIRE(point.buckets.size() == 3);
  CHECK(point.buckets[0] == std::pair<double, std::uint64_t>{0.1, 2});
  CHECK(point.buckets[1] == std::pair<double, std::uint64_t>{1, 4});
  CHECK(std::isinf(point.buckets[2].first));
  CHECK(point.buckets[2].second == 5);
  CHECK(point.value == Approx(8.65));
}

TEST_CASE("An untouched histogram is all zeros") {
  const OwnPoint point = Histogram({1}).point({});
  CHECK(point.value == 0);
  CHECK(point.buckets.back().second == 0);
}

TEST_CASE("Counters and histograms lose nothing between threads") {
  Counter counter;
  Histogram histogram({0.5});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        counter.add(2);
        histogram.observe(0.25);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(counter.get() == 8000);
  CHECK(histogram.point({}).buckets[0].second == 4000);
  CHECK(histogram.point({}).value == Approx(1000));
}
