// `vedette probe`: one run, told in full.

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/text.h"
#include "command/commands.h"
#include "command/probe_endpoint.h"
#include "command/waterfall.h"
#include "config/suggest.h"
#include "net/url.h"
#include "page/probe_json.h"
#include "watch/plan.h"

namespace vedette {
namespace {

struct Chosen {
  Module module;
  std::string name;
  Target target;
  Duration timeout{};
};

constexpr Duration kTimeout = seconds(10);  // of a module that has none

std::string hint(std::string_view meant) { return meant.empty() ? "" : ", did you mean " + in_quotes(meant) + "?"; }

// Hosts without a dot exist, so a word is refused only where a target's name is near.
bool is_slip(const std::string& word, const Config& config) {
  if (word.find_first_of(".:/[") != std::string::npos || equal_ignore_case(word, "localhost")) return false;
  std::vector<std::string_view> names;
  for (const TargetConfig& target : config.targets) names.push_back(target.target.name);
  const auto meant = closest(word, names);
  if (meant.empty()) return false;
  std::cerr << "vedette: there is no target " << in_quotes(word) << hint(meant)
            << " (for the host of that name write http://" << word << "/)\n";
  return true;
}

// A module that cannot be had: says so.
void no_module(const std::string& name, const std::map<std::string, Module>& modules) {
  std::vector<std::string_view> names;
  for (const auto& [known, module] : modules) names.push_back(known);
  std::cerr << "vedette: there is no module " << in_quotes(name) << hint(closest(name, names)) << " (there are:";
  for (const std::string_view known : names) std::cerr << ' ' << known;
  std::cerr << ")\n";
}

// As the agent has it for that target; with another module, that module's counts in place of the target's.
Duration timeout_of(const TargetConfig& target, const std::string& module, Duration modules_own) {
  const bool own = target.node.at("timeout").present() || module == target.target.module;
  return own || modules_own == Duration::zero() ? target.timeout : modules_own;
}

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
  const auto& targets = loaded.config.targets;
  const auto named = std::find_if(targets.begin(), targets.end(),
                                  [&](const TargetConfig& each) { return each.target.name == options.target; });
  const TargetConfig* target = named == targets.end() ? nullptr : &*named;
  if (!target && is_slip(options.target, loaded.config)) return std::nullopt;
  if (target) chosen.target = target->target;
  if (chosen.name.empty()) chosen.name = target ? target->target.module : "http_2xx";
  auto module = plan.modules.find(chosen.name);
  if (module == plan.modules.end()) {
    no_module(chosen.name, plan.modules);
    return std::nullopt;
  }
  chosen.module = module->second;
  const Duration own = chosen.module.timeout;
  chosen.timeout = target ? timeout_of(*target, chosen.name, own) : own > Duration::zero() ? own : kTimeout;
  if (options.timeout > Duration::zero()) chosen.timeout = options.timeout;
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
  auto trace = std::make_shared<Trace>();
  ProbeResult result;
  Loop loop;
  {
    Net net(loop);
    std::thread thread([&] { loop.run(); });
    result = run_once(loop, net, *std::move(prober), chosen->module.recipe->blank(), chosen->timeout, trace);
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
