#include "command/current.h"

#include <future>

namespace vedette {

Configuration::Configuration(std::string file, Log log, Apply apply)
    : file_(std::move(file)), log_(std::move(log)), apply_(std::move(apply)) {}

Result<void> Configuration::reload() {
  return turn_.with([&](int&) -> Result<void> {
    if (closed_) return Error{"the agent is stopping"};
    State next;
    // On a stack of its own: a web server's worker has too little for YAML and patterns.
    Result<void> result = std::async(std::launch::async, [&] { return load(next); }).get();
    state_->with([&](State& state) {
      ++state.reloads;
      state.good = static_cast<bool>(result);
      state.checksum = next.checksum;
      if (result) {
        state.good_at = to_seconds(wall_now());
      } else {
        ++state.failures;
      }
    });
    if (!result && current_.get()) log_.error("reload failed, the old configuration stays in force", {{"file", file_}});
    return result;
  });
}

std::optional<Result<void>> Configuration::reload_unless_busy() {
  constexpr int kMostAsked = 2;  // one under way, one that sees what has changed since that began
  struct Place {
    std::atomic<int>& asked;
    const int before;
    explicit Place(std::atomic<int>& count) : asked(count), before(count.fetch_add(1)) {}
    ~Place() { asked.fetch_sub(1); }
  } place(asked_);
  if (place.before >= kMostAsked) return std::nullopt;
  return reload();
}

Result<void> Configuration::load(State& state) {
  Loaded loaded = load_config(file_, ReadFrom::regular_files);
  state.checksum = loaded.config.checksum;
  auto orders = std::make_shared<Orders>(make_orders(loaded));
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
  current->modules = orders->plan.modules;
  current->shown = shown_config(loaded);
  current->files = loaded.config.files;
  std::size_t targets = orders->plan.jobs.size();
  if (auto applied = apply_(std::move(orders)); !applied) {
    log_.error("the configuration cannot be used", {{"why", applied.error().message}});
    return applied.error();
  }
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
