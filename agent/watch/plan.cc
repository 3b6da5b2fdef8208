#include "watch/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "config/suggest.h"
#include "model/labels.h"
#include "probe/registry.h"

namespace vedette {
namespace {

/// blackbox_exporter's words first; then what this version has.
std::string unknown_prober(const std::string& word) {
  constexpr std::size_t kMostShown = 40;
  const auto known = prober_words();
  const auto meant = closest(word, known);
  const std::string said = word.size() > kMostShown ? word.substr(0, kMostShown) + "..." : word;
  if (meant.empty()) return fmt::format("prober '{}' is not valid: this version has {}", said, fmt::join(known, ", "));
  return fmt::format("prober '{}' is not valid, did you mean {}? (this version has {})", said, in_quotes(meant),
                     fmt::join(known, ", "));
}

Module make_module(const ModuleConfig& config) {
  Module module;
  module.timeout = config.timeout;
  module.recipe = read_recipe(config.prober, config.options);
  module.shown = config.node.shown();  // after its reader said what is secret
  if (!module.recipe && !config.prober.empty()) {
    config.node.at("prober").reject(unknown_prober(config.prober));
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

/// Null when its address cannot be used, after saying why if the loader has not. Not asked of a module that this build
/// does not have.
std::unique_ptr<Prober> make_prober(const TargetConfig& config, const Recipe& recipe) {
  auto prober = recipe.prober(config.target);
  if (prober) return *std::move(prober);
  const Node url = config.node.at("url"), given = url.present() ? url : config.node.at("address");
  if (given.present()) given.reject(prober.error().message);
  return nullptr;
}

KnownAlarms known_alarms(const std::vector<std::shared_ptr<Job>>& jobs, bool complete) {
  KnownAlarms known{{}, complete};
  for (const auto& job : jobs) {
    for (const auto& alarm : job->alarms) known.names.push_back(job->target.name + "/" + alarm->name);
  }
  return known;
}

}  // namespace

Plan make_plan(const Loaded& loaded) {
  const Config& file = loaded.config;
  Plan plan;
  plan.flights = file.flights;
  for (const auto& [name, module] : file.modules) plan.modules.emplace(name, make_module(module));
  AlarmReader alarms(file.alarm_sets, file.default_alarm);
  const ObjectiveReader objectives(file.default_slo);
  bool every_target = true;  // got as far as to be a job
  for (const TargetConfig& config : file.targets) {
    auto module = plan.modules.find(config.target.module);
    const Recipe* recipe = module == plan.modules.end() ? nullptr : module->second.recipe.get();
    const auto schema = recipe ? std::optional(recipe->schema()) : std::nullopt;
    auto job = std::make_shared<Job>();
    job->target = config.target;
    job->interval = config.interval;
    job->timeout = config.timeout;
    job->alarms = alarms.read(config.target.name, config.alarm, config.interval, schema);
    job->objectives = objectives.read(config.slo);
    if (recipe) job->prober = make_prober(config, *recipe);
    every_target = every_target && job->prober;
    if (!job->prober) continue;  // somebody said why
    job->text = make_text(config, *schema);
    job->asks = fnv1a_64(config.target.address + '\n' + config.target.hostname + '\n' + module->second.shown);
    plan.jobs.push_back(std::move(job));
  }
  std::sort(plan.jobs.begin(), plan.jobs.end(),
            [](const auto& a, const auto& b) { return a->target.name < b->target.name; });
  if (file.composite_alarms.present()) {
    plan.composites =
        read_composites(file.composite_alarms, known_alarms(plan.jobs, every_target && alarms.complete()));
  }
  return plan;
}

}  // namespace vedette
