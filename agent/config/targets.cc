#include "config/targets.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "config/address_rule.h"
#include "config/label_rule.h"
#include "config/modules.h"
#include "config/suggest.h"

namespace vedette {
namespace {

constexpr Duration kLeastInterval = milliseconds(100), kMostInterval = std::chrono::hours(7 * 24);
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kMostBuckets = 30;
constexpr std::size_t kModulesNamed = 10;
constexpr double kMostSeconds = 86400;

Duration read_interval(const Node& node, Duration fallback) {
  const Duration interval = node.duration(fallback);
  if (interval >= kLeastInterval && interval <= kMostInterval) return interval;
  node.reject("must be between " + format_duration(kLeastInterval) + " and " + format_duration(kMostInterval));
  return fallback;
}

/// A target's or the default timeout; a module's may be zero, which means that it has none of its own.
Duration read_own_timeout(const Node& node, Duration fallback) {
  const Duration timeout = read_timeout(node, fallback);
  const bool written = node.kind() == Node::Kind::scalar;
  if (written && timeout == Duration::zero()) node.reject("must be more than 0s");
  return timeout;
}

std::string names_of(const std::map<std::string, ModuleConfig>& modules) {
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, module] : modules) {
    if (++count > kModulesNamed) return names + " and " + std::to_string(modules.size() - kModulesNamed) + " more";
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

bool printable(std::string_view text) {
  return !find_invalid_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

TargetReader::TargetReader(const std::map<std::string, ModuleConfig>& modules, bool modules_complete)
    : modules_(modules), modules_complete_(modules_complete) {
  const Buckets buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  defaults_.interval = seconds(60);
  defaults_.timeout = seconds(10);
  defaults_.target.module = "http_2xx";
  defaults_.buckets = std::make_shared<const Buckets>(buckets);
  buckets_.emplace(buckets, defaults_.buckets);
}

void TargetReader::read_defaults(const Node& node) {
  defaults_.interval = read_interval(node.at("interval"), defaults_.interval);
  defaults_.timeout = read_own_timeout(node.at("timeout"), defaults_.timeout);
  read_module(node.at("module"), defaults_.target.module);
  defaults_.target.labels = read_labels(node.at("labels"), {});
  defaults_.buckets = read_buckets(node.at("buckets"), defaults_.buckets);
  default_alarm_ = node.at("alarm");
  default_slo_ = node.at("slo");
  node.finish();
}

std::vector<TargetConfig> TargetReader::read_targets(const Node& node) {
  std::vector<TargetConfig> targets;
  const auto items = node.items();
  targets.reserve(items.size());
  for (const Node& item : items) targets.push_back(read_target(item));
  return targets;
}

TargetConfig TargetReader::read_target(const Node& node) {
  TargetConfig config = defaults_;
  config.node = node;
  if (node.kind() == Node::Kind::null) node.reject("must be a map with a name and a url or an address, found nothing");
  const Node name = node.at("name");
  if (!node.has_members()) return config;
  config.target.name = read_name(name, node);
  const ModuleConfig* module = read_module(node.at("module"), config.target.module);
  config.target.address = read_address(node, module);
  config.interval = read_interval(node.at("interval"), config.interval);
  if (module != nullptr && module->timeout > Duration::zero()) config.timeout = module->timeout;
  config.timeout = read_own_timeout(node.at("timeout"), config.timeout);
  config.target.labels = read_labels(node.at("labels"), defaults_.target.labels);
  config.buckets = read_buckets(node.at("buckets"), config.buckets);
  config.alarm = node.at("alarm");
  config.slo = node.at("slo");
  node.finish();
  return config;
}

std::string TargetReader::read_name(const Node& node, const Node& target) {
  if (node.kind() == Node::Kind::missing) target.reject("a target needs a name");
  std::string name = node.text();
  if (!node.present()) return name;
  if (name.empty()) {
    node.reject("must not be empty");
  } else if (name.size() > kLongestName) {
    node.reject("must not be longer than " + std::to_string(kLongestName) + " bytes");
  } else if (!printable(name)) {
    node.reject("must be printable text in UTF-8");
  } else if (const auto [at, is_new] = names_.try_emplace(name, node); !is_new) {
    node.reject(in_quotes(name) + " is already the name of the target at line " + std::to_string(at->second.line()));
  }
  return name;
}

/// The module of that name; null when there is none. Without a name written, that of `name` counts.
const ModuleConfig* TargetReader::read_module(const Node& node, std::string& name) {
  name = node.text(name);
  const auto found = modules_.find(name);
  if (found != modules_.end()) return &found->second;
  if (!modules_complete_ || !node.present()) return nullptr;
  std::vector<std::string_view> known;
  for (const auto& entry : modules_) known.push_back(entry.first);
  const auto meant = closest(name, known);
  const std::string hint = meant.empty() ? "" : ", did you mean " + in_quotes(meant) + "?";
  node.reject("module " + in_quotes(name) + " is not defined" + hint + " (defined: " + names_of(modules_) + ")");
  return nullptr;
}

std::string TargetReader::read_address(const Node& target, const ModuleConfig* module) {
  const Node url = target.at("url"), address = target.at("address");
  if (url.present() && address.present()) target.reject("a target has a url or an address, not both");
  if (!url.present() && !address.present()) target.reject("a target needs a url or an address");
  const Node& given = url.present() ? url : address;
  if (!given.present()) return "";
  std::string text = given.url();
  const std::string broken = broken_address(module == nullptr ? "" : module->prober, url.present(), text);
  if (!broken.empty()) given.reject(broken);
  return text;
}

TargetReader::SharedBuckets TargetReader::read_buckets(const Node& node, const SharedBuckets& fallback) {
  if (!node.present()) return fallback;
  Buckets buckets;
  for (const Node& item : node.items()) {
    const double bound = item.number(0, kMostSeconds, -1);
    if (bound == 0) item.reject("must be more than 0 seconds");
    if (bound > 0 && !buckets.empty() && bound <= buckets.back()) item.reject("must be more than the bound before it");
    if (bound > 0) buckets.push_back(bound);
    if (item.kind() != Node::Kind::scalar) item.reject("must be a number of seconds");
  }
  if (node.kind() != Node::Kind::list) return fallback;
  if (buckets.empty()) node.reject("needs at least one bound in seconds");
  if (buckets.size() > kMostBuckets) node.reject("must have " + std::to_string(kMostBuckets) + " bounds or fewer");
  auto& shared = buckets_[buckets];
  if (!shared) shared = std::make_shared<const Buckets>(buckets);
  return shared;
}

}  // namespace vedette
