#pragma once
// What every prober is. One file per prober, one line in registry.cc; none includes another.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/node.h"
#include "model/metric.h"
#include "model/probe_result.h"
#include "model/target.h"
#include "net/net.h"

namespace vedette {

/// One target, one recipe, ready to run: options and address are already valid. Never run twice at once, so it may
/// remember things between runs. Everything it waits for ends with the scope it runs in.
class Prober {
 public:
  virtual ~Prober() = default;
  /// `trace` is null unless somebody wants the whole story.
  virtual Task<ProbeResult> run(Net& net, Trace* trace) = 0;
};

/// A module, read and checked. Makes probers for as many targets as use it; any thread, but its probers belong to one
/// loop.
class Recipe : public std::enable_shared_from_this<Recipe> {
 public:
  virtual ~Recipe() = default;
  virtual Schema schema() const = 0;
  /// What a run reports that never got to talk.
  virtual Readings blank() const { return Readings(schema()); }
  /// Fails when the target's address cannot be used.
  virtual Result<std::unique_ptr<Prober>> prober(const Target& target) const = 0;
  /// The Host header the module itself demands, if any: `/probe?hostname=` may not contradict it.
  virtual std::string demanded_host() const { return {}; }
};

/// Reads a module's own block. What is wrong with it is added to the node's problems.
using RecipeReader = std::shared_ptr<const Recipe>(const Node& options);

}  // namespace vedette
