#pragma once
// From a configuration to probers: every error in a module's or a target's options surfaces here, before anything
// starts.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alarm/options.h"
#include "config/config.h"
#include "probe/prober.h"

namespace vedette {

/// A target, ready to be probed for ever.
struct Job {
  Target target;
  Duration interval{}, timeout{};
  std::shared_ptr<const TargetText> text;
  std::unique_ptr<Prober> prober;
  std::uint64_t asks = 0;  // a hash of address and module: what a run with another one found is not about this job
  AlarmSpecs alarms;       // by name
  std::vector<ObjectiveSpec> objectives;
};

/// A module, ready to make probers for `/probe`.
struct Module {
  std::shared_ptr<const Recipe> recipe;
  Duration timeout{};  // zero: none of its own
  std::string shown;   // as YAML, without secrets
};

struct Plan {
  std::vector<std::shared_ptr<Job>> jobs;  // by name
  std::map<std::string, Module> modules;
  std::vector<CompositeSpec> composites;  // each follows those it names
  int flights = 0;
};

/// Problems go to the nodes' documents: the plan is usable only if `loaded` has none afterwards.
Plan make_plan(const Loaded& loaded);

}  // namespace vedette
