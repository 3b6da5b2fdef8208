#include "alarm/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "alarm/draft.h"
#include "base/text.h"
#include "config/suggest.h"

namespace vedette {
namespace {

constexpr std::size_t kSetsNamed = 10;

/// What an alarm depends on, of all targets that have it from a set or from the defaults.
using Fit = std::tuple<Duration, bool, const Series*>;
Fit fit_of(Duration interval, const std::optional<Schema>& schema) {
  return {interval, schema.has_value(), schema ? schema->data() : nullptr};
}

/// What a map says of one name.
struct Definition {
  std::string name;
  Node node;
  std::optional<AlarmDraft> draft;  // none: it takes the alarm of the name away
  std::map<Fit, std::shared_ptr<const AlarmSpec>> fitted;
};
using Definitions = std::vector<std::shared_ptr<Definition>>;
using Chosen = std::map<std::string_view, std::shared_ptr<Definition>>;  // by the definition's own name

std::shared_ptr<Definition> read_definition(const std::string& name, const Node& node) {
  const std::string broken = broken_alarm_name(name);
  if (!broken.empty()) {
    node.reject(broken);
    return nullptr;
  }
  auto definition = std::make_shared<Definition>();
  definition->name = name;
  definition->node = node;
  if (node.kind() == Node::Kind::null || is_off(node)) return definition;
  if (node.kind() != Node::Kind::map) {
    node.reject("must be a map, or off to take the alarm away");
    return nullptr;
  }
  definition->draft = read_alarm(name, node);
  return definition;
}

void choose(const std::shared_ptr<Definition>& definition, Chosen& chosen) {
  chosen.erase(definition->name);  // the key lies in the definition that leaves
  if (definition->draft) chosen.emplace(definition->name, definition);
}

std::shared_ptr<const AlarmSpec> fitted(Definition& definition, std::string_view target, Duration interval,
                                        const std::optional<Schema>& schema) {
  auto& spec = definition.fitted[fit_of(interval, schema)];
  if (!spec) spec = fit_alarm(*definition.draft, target, interval, schema);
  return spec;
}

}  // namespace

struct AlarmReader::State {
  std::map<std::string, Definitions, std::less<>> sets;
  Chosen defaults;
  std::map<Fit, AlarmSpecs> default_specs;     // of targets that say nothing
  std::map<std::string, std::string> unknown;  // sets, and what is said of them
  bool complete = true;

  Definitions read_set(const Node& set) {
    Definitions definitions;
    for (const auto& [name, node] : set.members()) {
      if (name == "use") {
        node.reject("a set cannot use others: name them all where they are used");
      } else if (auto definition = read_definition(name, node)) {
        definitions.push_back(std::move(definition));
      } else {
        complete = false;
      }
    }
    return definitions;
  }

  /// Lays what a node says (a set's name, a list, a map) over what was chosen before. Only a target is told that what
  /// it takes away is not there: a set may be for many.
  void apply(const Node& node, bool of_target, Chosen& chosen) {
    if (node.kind() == Node::Kind::list) {
      for (const Node& item : node.items()) {
        if (item.kind() == Node::Kind::map) {
          apply_map(item, of_target, chosen);
        } else {
          use(item, "a map of alarms", chosen);
        }
      }
    } else if (node.kind() == Node::Kind::map) {
      apply_map(node, of_target, chosen);
    } else if (node.kind() == Node::Kind::scalar) {
      use(node, "", chosen);
    }
  }

  void use(const Node& node, std::string_view else_allowed, Chosen& chosen) {
    if (node.kind() != Node::Kind::scalar) {
      complete = false;
      return node.reject(fmt::format("must be the name of an alarm set, or {}", else_allowed));
    }
    if (is_off(node)) return chosen.clear();
    const std::string name = node.text();
    const auto found = sets.find(name);
    if (found != sets.end()) {
      for (const auto& definition : found->second) choose(definition, chosen);
      return;
    }
    complete = false;
    std::string& rule = unknown[name];
    if (rule.empty()) rule = unknown_set(name);
    node.reject(rule);
  }

  std::string unknown_set(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const auto& set : sets) known.push_back(set.first);
    const std::string hint = did_you_mean(closest(name, known));
    const std::string more = known.size() > kSetsNamed ? fmt::format(" and {} more", known.size() - kSetsNamed) : "";
    known.resize(std::min(known.size(), kSetsNamed));
    const std::string names = known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "));
    return fmt::format("there is no alarm set of that name{} (alarm_sets: {}{})", hint, names, more);
  }

  void apply_map(const Node& map, bool of_target, Chosen& chosen) {
    const Node used = map.at("use");
    if (used.kind() == Node::Kind::list) {
      for (const Node& item : used.items()) use(item, "off", chosen);
    } else if (used.present()) {
      use(used, "a list", chosen);
    }
    for (const auto& [name, node] : map.members()) {
      if (name == "use") continue;
      const auto definition = read_definition(name, node);
      complete = complete && definition;
      if (!definition) continue;
      if (of_target && !definition->draft && !chosen.contains(name)) reject_off(node, name, chosen);
      choose(definition, chosen);
    }
  }

  void reject_off(const Node& node, std::string_view name, const Chosen& chosen) const {
    if (!complete) return;  // it may be in the set that is not there
    std::vector<std::string_view> known;
    for (const auto& entry : chosen) known.push_back(entry.first);
    node.reject("there is no alarm of that name to take away" + did_you_mean(closest(name, known)));
  }
};

AlarmReader::AlarmReader(const Node& sets, const Node& defaults) : state_(std::make_shared<State>()) {
  for (const auto& [name, node] : sets.members()) {
    if (is_off_word(name)) node.reject("a set cannot have this name: it is the word for no alarms at all");
    state_->sets.emplace(name, state_->read_set(node));
  }
  state_->apply(defaults, false, state_->defaults);
}

AlarmSpecs AlarmReader::read(std::string_view target, const Node& own, Duration interval,
                             const std::optional<Schema>& schema) {
  const auto list = [&](const Chosen& chosen) {
    AlarmSpecs specs;
    specs.reserve(chosen.size());
    for (const auto& [name, definition] : chosen) specs.push_back(fitted(*definition, target, interval, schema));
    return specs;
  };
  if (given(own)) {
    Chosen chosen = state_->defaults;
    state_->apply(own, true, chosen);
    return list(chosen);
  }
  const auto [at, is_new] = state_->default_specs.try_emplace(fit_of(interval, schema));
  if (is_new) at->second = list(state_->defaults);
  return at->second;
}

bool AlarmReader::complete() const { return state_->complete; }

}  // namespace vedette
