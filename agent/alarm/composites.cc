#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "alarm/draft.h"
#include "alarm/options.h"
#include "base/text.h"
#include "config/label_rule.h"
#include "config/suggest.h"

namespace vedette {
namespace {

constexpr std::size_t kMostNames = 100;        // of a rule, as CloudWatch has it
constexpr int kMostDepth = 64;                 // of composite alarms that speak of composite alarms
constexpr std::size_t kNamesTold = 5;          // of a rule
constexpr std::size_t kMostCompared = 50'000;  // names, in search of those that were meant
constexpr std::size_t kCircleTold = 10;

struct Composite {
  std::string name;
  Node rule_node;
  std::optional<Expression> rule;  // none: it is broken
  std::vector<std::string> names;  // in the rule
  Labels labels;
  AlarmText text;
  enum class Mark { fresh, open, done } mark = Mark::fresh;
  int height = 0;  // how many composite alarms stand on each other, from here down
};
using Composites = std::map<std::string, Composite, std::less<>>;

/// Looks names up, and finds what was probably meant.
class Names {
 public:
  Names(KnownAlarms& known, const Composites& composites) : known_(known), composites_(composites) {
    std::sort(known_.names.begin(), known_.names.end());
  }

  bool exists(const std::string& name) const {
    return composites_.contains(name) || std::binary_search(known_.names.begin(), known_.names.end(), name);
  }

  /// True when it may be the alarm of a target about which not everything is known, because of another problem.
  bool may_exist(std::string_view name) const { return !known_.complete && name.find('/') != std::string_view::npos; }

  std::string_view nearest(const std::string& name) {
    const auto slash = name.rfind('/');
    if (slash == std::string::npos) {
      std::vector<std::string_view> candidates;
      for (const auto& entry : composites_) candidates.push_back(entry.first);
      const auto own = alarms_of(name);
      return own.empty() ? search(name, candidates) : own.front();
    }
    const auto own = alarms_of(std::string_view(name).substr(0, slash));
    if (!own.empty()) return search(name, own);
    std::vector<std::string_view> candidates;
    for (const std::string& each : known_.names) {
      if (each.size() + 2 >= name.size() && each.size() <= name.size() + 2) candidates.push_back(each);
    }
    return search(name, candidates);
  }

 private:
  std::string_view search(const std::string& name, const std::vector<std::string_view>& candidates) {
    if (candidates.size() > left_) return {};
    left_ -= candidates.size();
    return closest(name, candidates);
  }

  std::vector<std::string_view> alarms_of(std::string_view target) const {
    const std::string start = std::string(target) + "/";
    std::vector<std::string_view> own;
    for (auto at = std::lower_bound(known_.names.begin(), known_.names.end(), start);
         at != known_.names.end() && at->starts_with(start); ++at) {
      if (at->find('/', start.size()) == std::string::npos) own.push_back(*at);
    }
    return own;
  }

  KnownAlarms& known_;
  const Composites& composites_;
  std::size_t left_ = kMostCompared;
};

void read_rule(Composite& composite) {
  const Node& rule = composite.rule_node;
  const std::string text = rule.text();
  if (text.empty()) {
    rule.reject("must say when it is in alarm, as in ALARM(\"target/alarm\") AND NOT ALARM(other)");
    return;
  }
  auto parsed = Expression::parse(text);
  if (!parsed) {
    rule.reject(parsed.error().message);
    return;
  }
  composite.names = parsed->names();
  composite.rule = *std::move(parsed);
  if (composite.names.size() > kMostNames) {
    rule.reject(fmt::format("speaks of {} alarms, {} are allowed", composite.names.size(), kMostNames));
  }
}

Composite read_composite(const std::string& name, const Node& node) {
  Composite composite;
  composite.name = name;
  if (const std::string broken = broken_alarm_name(name); !broken.empty()) node.reject(broken);
  if (node.kind() == Node::Kind::null) node.reject("must be a map with a rule, found nothing");
  if (!node.has_members()) return composite;
  composite.rule_node = node.at("rule");
  read_rule(composite);
  const Node labels = node.at("labels");
  composite.labels = read_labels(labels, {});
  if (labels.at("severity").present())
    labels.at("severity").reject("has a key of its own: write severity beside labels");
  composite.text = read_alarm_text(node);
  node.finish();
  return composite;
}

void check_names(const Composite& composite, Names& names) {
  std::vector<std::string> told;
  std::size_t unknown = 0;
  for (const std::string& name : composite.names) {
    if (names.exists(name) || names.may_exist(name)) continue;
    if (++unknown > kNamesTold) continue;
    const auto meant = names.nearest(name);
    told.push_back(in_quotes(name) + (meant.empty() ? "" : " (did you mean " + in_quotes(meant) + "?)"));
  }
  if (unknown == 0) return;
  const std::string more = unknown > kNamesTold ? fmt::format(" and {} more", unknown - kNamesTold) : "";
  composite.rule_node.reject(
      fmt::format("there is no alarm {}{}; alarms of targets are named \"target/alarm\"", fmt::join(told, ", "), more));
}

/// Puts them in an order in which each follows those it names.
class Order {
 public:
  explicit Order(Composites& composites) : composites_(composites) {}

  std::vector<CompositeSpec> all() {
    for (auto& entry : composites_) {
      if (entry.second.mark == Composite::Mark::fresh) visit(entry.second);
    }
    return std::move(ordered_);
  }

 private:
  /// Goes no deeper than is allowed, so rules that are strung together cannot exhaust the stack.
  void visit(Composite& composite) {
    composite.mark = Composite::Mark::open;
    path_.push_back(&composite);
    int below = 0;
    for (const std::string& name : composite.names) {
      const auto found = composites_.find(name);
      if (found == composites_.end()) continue;
      Composite& next = found->second;
      if (next.mark == Composite::Mark::open) {
        reject_circle(next);
      } else if (next.mark == Composite::Mark::done) {
        below = std::max(below, next.height);
      } else if (path_.size() >= kMostDepth) {
        below = kMostDepth;
      } else {
        visit(next);
        below = std::max(below, next.height);
      }
    }
    composite.height = below + 1;
    if (composite.height > kMostDepth) {
      composite.rule_node.reject(fmt::format("more than {} composite alarms stand on each other", kMostDepth));
      composite.height = 1;  // once is enough
    }
    path_.pop_back();
    composite.mark = Composite::Mark::done;
    if (!composite.rule) return;
    ordered_.push_back(
        {composite.name, *std::move(composite.rule), std::move(composite.labels), std::move(composite.text)});
  }

  /// From where the circle is entered to the composite that is open last, which leads back there.
  void reject_circle(const Composite& entry) const {
    const auto from = std::find(path_.begin(), path_.end(), &entry);
    std::vector<std::string> names;
    for (auto at = from; at != path_.end(); ++at) names.push_back((*at)->name);
    const std::size_t length = names.size();
    if (length > kCircleTold) names.resize(kCircleTold);
    entry.rule_node.reject(fmt::format("leads in a circle: {}{} -> {}", fmt::join(names, " -> "),
                                       length > kCircleTold ? " -> ..." : "", entry.name));
  }

  Composites& composites_;
  std::vector<const Composite*> path_;
  std::vector<CompositeSpec> ordered_;
};

}  // namespace

std::vector<CompositeSpec> read_composites(const Node& node, KnownAlarms known) {
  Composites composites;
  for (const auto& [name, member] : node.members()) composites.emplace(name, read_composite(name, member));
  if (composites.empty()) return {};
  Names names(known, composites);
  for (const auto& entry : composites) check_names(entry.second, names);
  return Order(composites).all();
}

}  // namespace vedette
