#include "watch/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/labels.h"
#include "probe/registry.h"

namespace vedette {
namespace {

Module make_module(const ModuleConfig& config) {
  Module module;
  module.timeout = config.timeout;
  module.recipe = read_recipe(config.prober, config.options);
  module.shown = config.node.shown();  // after its reader said what is secret
  if (!module.recipe && !config.prober.empty()) {
    config.node.at("prober").reject(
        fmt::format("prober '{}' is not valid: this version has {}", config.prober, fmt::join(prober_words(), ", ")));
  }
  return module;
}

std::shared_ptr<const TargetText> make_text(const TargetConfig& config, Schema schema) {
  auto text = std::make_shared<TargetText>();
  append_label(text->labels, "target", config.target.name);
  append_label(text->labels, "module", config.target.module);
  for (const auto& [name, value] : config.target.labels) append_label(text->labels, name, value);
  text->labels.shrink_to_fit();
  text->schema = schema;
  text->buckets = config.buckets;
  text->created = wall_now();
  return text;
}

}  // namespace

Plan make_plan(const Loaded& loaded) {
  Plan plan;
  plan.flights = loaded.config.flights;
  for (const auto& [name, module] : loaded.config.modules) plan.modules.emplace(name, make_module(module));
  for (const TargetConfig& config : loaded.config.targets) {
    auto module = plan.modules.find(config.target.module);
    if (module == plan.modules.end() || !module->second.recipe) continue;  // the loader or make_module said so
    auto prober = module->second.recipe->prober(config.target);
    if (!prober) {
      config.node.reject(prober.error().message);
      continue;
    }
    auto job = std::make_shared<Job>();
    job->target = config.target;
    job->interval = config.interval;
    job->timeout = config.timeout;
    job->text = make_text(config, module->second.recipe->schema());
    job->prober = *std::move(prober);
    plan.jobs.push_back(std::move(job));
  }
  std::sort(plan.jobs.begin(), plan.jobs.end(),
            [](const auto& a, const auto& b) { return a->target.name < b->target.name; });
  return plan;
}

}  // namespace vedette
