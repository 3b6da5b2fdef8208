// `vedette probe`: one run, told in full.

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include "command/commands.h"
#include "command/probe_endpoint.h"
#include "command/waterfall.h"
#include "net/url.h"
#include "page/probe_json.h"
#include "watch/plan.h"

namespace vedette {
namespace {

struct Chosen {
  Module module;
  std::string name;
  Target target;
};

// The module asked for, of the file or of the built-in set; a target of the file may be named instead of a URL.
std::optional<Chosen> choose(const ProbeOptions& options) {
  Loaded loaded =
      options.config_file.empty() ? load_config_text("built-in", "modules: {}") : load_config(options.config_file);
  Plan plan = make_plan(loaded);
  for (const Problem& problem : loaded.problems()) std::cerr << problem.text() << '\n';
  if (!loaded.problems().empty()) return std::nullopt;
  Chosen chosen;
  chosen.name = options.module;
  chosen.target.address = options.target;
  for (const auto& job : plan.jobs) {
    if (job->target.name != options.target) continue;
    chosen.target = job->target;
    if (chosen.name.empty()) chosen.name = job->target.module;
  }
  if (chosen.name.empty()) chosen.name = "http_2xx";
  auto module = plan.modules.find(chosen.name);
  if (module == plan.modules.end()) {
    std::cerr << "vedette: there is no module \"" << chosen.name << "\"; there are";
    for (const auto& [name, known] : plan.modules) std::cerr << ' ' << name;
    std::cerr << '\n';
    return std::nullopt;
  }
  chosen.module = module->second;
  return chosen;
}

bool coloured(const ProbeOptions& options) {
  if (options.colour != ProbeOptions::Colour::automatic) return options.colour == ProbeOptions::Colour::always;
  const char* no = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && !(no && *no);
}

int terminal_columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

int probe_command(const ProbeOptions& options) {
  auto chosen = choose(options);
  if (!chosen) return 2;
  auto prober = chosen->module.recipe->prober(chosen->target);
  if (!prober) {
    std::cerr << "vedette: " << without_credentials(options.target) << ": " << prober.error().message << '\n';
    return 2;
  }
  Duration timeout = options.timeout.count() > 0          ? options.timeout
                     : chosen->module.timeout.count() > 0 ? chosen->module.timeout
                                                          : seconds(10);
  auto trace = std::make_shared<Trace>();
  ProbeResult result;
  Loop loop;
  {
    Net net(loop);
    std::thread thread([&] { loop.run(); });
    result = run_once(loop, net, *std::move(prober), chosen->module.recipe->blank(), timeout, trace);
    loop.stop();
    thread.join();
  }
  if (options.json) {
    std::cout << probe_json(without_credentials(chosen->target.address), chosen->name, result, *trace) << '\n';
  } else {
    std::cout << draw_waterfall(without_credentials(chosen->target.address), result, *trace, coloured(options),
                                terminal_columns());
  }
  return result.up() ? 0 : 1;
}

}  // namespace vedette
