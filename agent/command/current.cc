#include "command/current.h"

#include <future>

namespace vedette {

Configuration::Configuration(std::string file, Log log, Apply apply)
    : file_(std::move(file)), log_(std::move(log)), apply_(std::move(apply)) {}

Result<void> Configuration::reload() {
  return turn_.with([&](int&) -> Result<void> {
    State next;
    // On a stack of its own: a web server's worker has too little for YAML and patterns.
    Result<void> result = std::async(std::launch::async, [&] { return load(next); }).get();
    state_->with([&](State& state) {
      ++state.reloads;
      state.good = static_cast<bool>(result);
      if (result) {
        state.checksum = next.checksum;
        state.good_at = to_seconds(wall_now());
      } else {
        ++state.failures;
      }
    });
    return result;
  });
}

Result<void> Configuration::load(State& state) {
  Loaded loaded = load_config(file_);
  auto plan = std::make_shared<Plan>(make_plan(loaded));
  auto problems = loaded.problems();
  if (!problems.empty()) {
    std::string all;
    for (const Problem& problem : problems) {
      log_.error("configuration problem", {{"at", problem.text()}});
      all += (all.empty() ? "" : "\n") + problem.text();
    }
    return Error{all};
  }
  auto current = std::make_shared<Current>();
  current->modules = plan->modules;
  current->shown = shown_config(loaded);
  current->files = loaded.config.files;
  state.checksum = loaded.config.checksum;
  std::size_t targets = plan->jobs.size();
  apply_(std::move(plan));
  std::string modules = std::to_string(current->modules.size());
  current_.put(std::move(current));
  log_.info("configuration loaded", {{"file", file_}, {"targets", std::to_string(targets)}, {"modules", modules}});
  return {};
}

bool Configuration::changed() const {
  std::uint64_t read = state_->with([](const State& state) { return state.checksum; });
  return config_checksum(file_) != read;
}

OwnSource Configuration::own_metrics() const {
  return [state_of = state_](std::vector<OwnFamily>& families) {
    State state = state_of->with([](const State& current) { return current; });
    using Type = OwnFamily::Type;
    auto one = [&](const char* name, const char* help, Type type, double value) {
      families.push_back({name, help, type, {{{}, value, {}}}});
    };
    one("vedette_config_last_reload_successful", "Whether the last attempt to load the configuration succeeded.",
        Type::gauge, state.good);
    one("vedette_config_last_reload_success_timestamp_seconds", "When the configuration in force was loaded.",
        Type::gauge, state.good_at);
    one("vedette_config_reloads_total", "Attempts to load the configuration.", Type::counter,
        static_cast<double>(state.reloads));
    one("vedette_config_reload_failures_total", "Attempts that found a problem.", Type::counter,
        static_cast<double>(state.failures));
    // The names that rules written for blackbox_exporter ask for.
    one("blackbox_exporter_config_last_reload_successful", "Blackbox exporter config loaded successfully.", Type::gauge,
        state.good);
    one("blackbox_exporter_config_last_reload_success_timestamp_seconds",
        "Timestamp of the last successful configuration reload.", Type::gauge, state.good_at);
  };
}

}  // namespace vedette
