// The agent's own HTTP prober and loop, as fast as they go: so many probes in flight, the next one starts when one
// ends. Scheduler, board and page are left out, as the floor has none of them either. Flags and output are the floor
// client's.
//
//   closed_loop --port=8080 [--in-flight=32] [--seconds=3] [--targets=10000]
//   closed_loop --port=8443 --tls=1 --ca=ca.pem [--server-name=bench.test]

#include <csignal>
#include <memory>

#include "base/memory.h"
#include "config/config.h"
#include "measure.h"
#include "net/loop.h"
#include "probe/registry.h"

namespace vedette::bench {
namespace {

struct Settings {
  std::string port, ca, server_name;
  unsigned targets, in_flight;
  double seconds;
  bool tls;
};

/// The module as a user would write it.
std::string configuration(const Settings& settings) {
  std::string http = "preferred_ip_protocol: ip4";
  if (settings.tls) {
    http += ", tls_config: {server_name: " + settings.server_name;
    http += settings.ca.empty() ? ", insecure_skip_verify: true}" : ", ca_file: " + settings.ca + "}";
  }
  return "modules: {bench: {prober: http, timeout: 5s, http: {" + http + "}}}\n";
}

std::vector<std::unique_ptr<Prober>> make_probers(const Settings& settings, const Recipe& recipe) {
  std::vector<std::unique_ptr<Prober>> probers;
  for (unsigned n = 0; n < settings.targets; ++n) {
    Target target;
    target.name = "site-" + std::to_string(n);
    target.address =
        (settings.tls ? "https://" : "http://") + address_text(target_address(n)) + ":" + settings.port + "/";
    target.module = "bench";
    auto prober = recipe.prober(target);
    if (!prober) Flags::fail(prober.error().message);
    probers.push_back(std::move(*prober));
  }
  return probers;
}

class Runner {
 public:
  Runner(const Settings& settings, const Recipe& recipe)
      : settings_(settings), net_(loop_), probers_(make_probers(settings, recipe)) {}

  void run() {
    outcome_.begin();
    end_ = outcome_.started + std::chrono::duration_cast<Clock::duration>(Seconds(settings_.seconds));
    for (unsigned i = 0; i < settings_.in_flight; ++i) launch();
    loop_.run();
    outcome_.print();
  }

 private:
  void launch() {
    ++flying_;
    loop_.spawn(probe(*probers_[next_++ % probers_.size()]), Clock::now() + seconds(5));
  }
  Task<void> probe(Prober& prober) {
    const Time started = Clock::now();
    const ProbeResult result = co_await prober.run(net_, nullptr);
    land(started, result);
  }
  void land(Time started, const ProbeResult& result) {
    const Time now = Clock::now();
    ++outcome_.probes;
    outcome_.latency_ms.push_back(static_cast<float>(ms_between(started, now)));
    if (!result.up()) {
      if (outcome_.failures++ == 0) std::fprintf(stderr, "first failure: %s\n", result.failure->sentence.c_str());
    }
    --flying_;
    if (now < end_) {
      launch();
    } else if (flying_ == 0) {
      loop_.stop();
    }
  }

  const Settings& settings_;
  Loop loop_;
  Net net_;
  std::vector<std::unique_ptr<Prober>> probers_;
  Time end_{};
  std::size_t next_ = 0;
  unsigned flying_ = 0;
  Outcome outcome_;
};

Settings read_settings(Flags& flags) {
  Settings s{};
  s.port = flags.text("port", "");
  s.targets = static_cast<unsigned>(flags.number("targets", 10000));
  s.in_flight = static_cast<unsigned>(flags.number("in-flight", 32));
  s.seconds = flags.number("seconds", 3);
  s.tls = flags.number("tls", 0) != 0;
  s.ca = flags.text("ca", "");
  s.server_name = flags.text("server-name", "bench.test");
  flags.finish();
  if (s.port.empty() || s.in_flight == 0 || s.targets < s.in_flight) {
    Flags::fail("--port is needed, and at least as many --targets as --in-flight");
  }
  return s;
}

void measure(const Settings& settings) {
  const Loaded loaded = load_config_text("closed_loop.yml", configuration(settings));
  const ModuleConfig& module = loaded.config.modules.at("bench");
  const auto recipe = read_recipe(module.prober, module.options);
  for (const Problem& problem : loaded.problems()) Flags::fail(problem.text());
  Runner(settings, *recipe).run();
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  vedette::tune_allocator();  // as the agent's own main does
  std::signal(SIGPIPE, SIG_IGN);
  vedette::bench::Flags flags(argc, argv);
  const auto settings = vedette::bench::read_settings(flags);
  vedette::bench::measure(settings);
}
