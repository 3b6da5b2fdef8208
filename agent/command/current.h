#pragma once
// The configuration in force, and how it is replaced: as a whole or not at all.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "model/own.h"
#include "watch/plan.h"

namespace vedette {

/// What requests need of the configuration.
struct Current {
  std::map<std::string, Module> modules;
  std::string shown;
  std::vector<std::string> files;
};

class Configuration {
 public:
  /// Hands a good plan to the loop and returns when it is in force there.
  using Apply = std::function<void(std::shared_ptr<Plan>)>;

  Configuration(std::string file, Log log, Apply apply);

  /// Any thread; one at a time. On failure nothing has changed, every problem is logged, and the error names them all.
  Result<void> reload();
  /// Have the files changed since they were last read? Any thread.
  bool changed() const;
  std::shared_ptr<const Current> current() const { return current_.get(); }
  OwnSource own_metrics() const;

 private:
  struct State {
    std::uint64_t checksum = 0;
    bool good = false;
    double good_at = 0;
    std::uint64_t reloads = 0, failures = 0;
  };
  Result<void> load(State& state);

  std::string file_;
  Log log_;
  Apply apply_;
  Published<Current> current_;
  std::shared_ptr<Guarded<State>> state_ = std::make_shared<Guarded<State>>();
  Guarded<int> turn_;  // held over a whole reload
};

}  // namespace vedette
