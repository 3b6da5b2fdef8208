// What the measuring programs share: flags, clock, CPU and memory of this process, percentiles, pacing, one line of
// JSON.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace vedette::bench {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Seconds = std::chrono::duration<double>;

/// `--name=value` flags. A flag that the program never asks for is an error, so that a typing mistake cannot measure
/// something else.
class Flags {
 public:
  Flags(int count, char** values) {
    for (int i = 1; i < count; ++i) {
      const std::string flag = values[i];
      const auto equals = flag.find('=');
      if (flag.rfind("--", 0) != 0 || equals == std::string::npos) fail("expected --name=value, not " + flag);
      flags_[flag.substr(2, equals - 2)] = flag.substr(equals + 1);
    }
  }
  std::string text(const std::string& name, const std::string& otherwise) {
    const auto found = flags_.find(name);
    if (found == flags_.end()) return otherwise;
    std::string value = found->second;
    flags_.erase(found);
    return value;
  }
  double number(const std::string& name, double otherwise) {
    const std::string value = text(name, "");
    return value.empty() ? otherwise : std::strtod(value.c_str(), nullptr);
  }
  void finish() const {
    if (!flags_.empty()) fail("unknown flag --" + flags_.begin()->first);
  }
  [[noreturn]] static void fail(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(2);
  }

 private:
  std::map<std::string, std::string> flags_;
};

/// How much work there is: `--targets` and `--rounds`.
struct Amount {
  Amount(Flags& flags, int rounds_otherwise)
      : targets(static_cast<int>(flags.number("targets", 10000))),
        rounds(static_cast<int>(flags.number("rounds", rounds_otherwise))) {
    if (targets < 1 || rounds < 1) Flags::fail("--targets and --rounds must be positive");
  }
  int targets, rounds;
};

/// User and system CPU time of this process so far, in microseconds.
inline double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

/// What a piece of work takes, and how many bytes it makes.
struct Cost {
  double ms = 0;
  std::size_t bytes = 0;
};

/// The median of the CPU time that it takes.
inline Cost median_cost(int rounds, const std::function<std::size_t()>& work) {
  std::vector<double> ms;
  Cost cost;
  for (int i = 0; i < rounds; ++i) {
    const double before = cpu_us();
    cost.bytes = work();
    ms.push_back((cpu_us() - before) / 1000);
  }
  std::sort(ms.begin(), ms.end());
  cost.ms = ms[ms.size() / 2];
  return cost;
}

/// Resident memory of this process now, in KiB.
inline long rss_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

inline double ms_between(Time from, Time to) { return std::chrono::duration<double, std::milli>(to - from).count(); }

inline double percentile(std::vector<float>& values, double fraction) {
  if (values.empty()) return 0;
  const auto rank =
      std::min(values.size() - 1, static_cast<std::size_t>(fraction * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

/// Target number n has its own loopback address 127.1.x.y.
inline std::uint32_t target_address(unsigned n) { return 0x7f010000U + 1 + n % 65000; }

inline std::string address_text(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &raw, text, sizeof text);
}

/// Due times spread evenly at `rate` a second and handed out at ticks, as the agent's scheduler does.
class Pace {
 public:
  Pace(double rate, double tick_ms, Time start) : rate_(rate), start_(start), next_tick_(start) {
    tick_ = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(tick_ms));
  }
  Time due(std::uint64_t n) const {
    return start_ + std::chrono::duration_cast<Clock::duration>(Seconds(static_cast<double>(n) / rate_));
  }
  /// True once per tick; then every probe that is due may start.
  bool tick(Time now) {
    if (now < next_tick_) return false;
    while (next_tick_ <= now) next_tick_ += tick_;
    return true;
  }
  int wait_ms(Time now) const { return std::max(0, static_cast<int>(std::ceil(ms_between(now, next_tick_)))); }

 private:
  double rate_;
  Time start_, next_tick_;
  Clock::duration tick_{};
};

/// What a run of probes found out; printed as one JSON object.
struct Outcome {
  std::uint64_t probes = 0, failures = 0;
  std::vector<float> lateness_ms, latency_ms;
  double cpu_before_us = 0;
  Time started{};

  void begin() {
    cpu_before_us = cpu_us();
    started = Clock::now();
  }
  void print() {
    const double cpu = cpu_us() - cpu_before_us, seconds = Seconds(Clock::now() - started).count();
    const double count = probes == 0 ? 1 : static_cast<double>(probes);
    std::printf(
        "{\"probes\": %llu, \"failures\": %llu, \"seconds\": %.3f, \"cpu_us\": %.2f, \"rss_kb\": %ld, "
        "\"lateness_p50_ms\": %.3f, "
        "\"lateness_p99_ms\": %.3f, \"latency_p50_ms\": %.3f, \"latency_p99_ms\": %.3f}\n",
        static_cast<unsigned long long>(probes), static_cast<unsigned long long>(failures), seconds, cpu / count,
        rss_kb(), percentile(lateness_ms, 0.5), percentile(lateness_ms, 0.99), percentile(latency_ms, 0.5),
        percentile(latency_ms, 0.99));
  }
};

}  // namespace vedette::bench
