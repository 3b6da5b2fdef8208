#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"

namespace vedette {

/// Reads `defaults:` and then `targets:`.
class TargetReader {
 public:
  /// `modules_complete` is false when some module may stand in a file that could not be read.
  TargetReader(const std::map<std::string, ModuleConfig>& modules, bool modules_complete);

  void read_defaults(const Node& node);
  std::vector<TargetConfig> read_targets(const Node& node);

  /// What `defaults:` says of them, unread.
  const Node& default_alarm() const { return default_alarm_; }
  const Node& default_slo() const { return default_slo_; }

 private:
  using SharedBuckets = std::shared_ptr<const Buckets>;

  TargetConfig read_target(const Node& node);
  std::string read_name(const Node& node, const Node& target);
  const ModuleConfig* read_module(const Node& node, std::string& name);
  std::string read_address(const Node& target, const ModuleConfig* module);
  SharedBuckets read_buckets(const Node& node, const SharedBuckets& fallback);

  const std::map<std::string, ModuleConfig>& modules_;
  bool modules_complete_;
  TargetConfig defaults_;
  Node default_alarm_, default_slo_;
  std::map<Buckets, SharedBuckets> buckets_;
  std::unordered_map<std::string, Node> names_;
};

}  // namespace vedette
