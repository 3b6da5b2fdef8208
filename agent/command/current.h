#pragma once
// The configuration in force, and how it is replaced: as a whole or not at all.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "command/orders.h"
#include "model/own.h"

namespace vedette {

/// What requests need of the configuration.
struct Current {
  std::map<std::string, Module> modules;
  std::string shown;
  std::vector<std::string> files;
};

class Configuration {
 public:
  /// Hands good orders to the loop and returns when they are in force there. Fails before anything has changed.
  using Apply = std::function<Result<void>(std::shared_ptr<Orders>)>;

  Configuration(std::string file, Log log, Apply apply);

  /// Any thread; one at a time. On failure nothing has changed, every problem is logged, and the error names them all.
  Result<void> reload();
  /// The same for who must not wait for long. Nothing when one is under way and another waits for it.
  std::optional<Result<void>> reload_unless_busy();
  /// No reload begins any more.
  void close() { closed_ = true; }
  /// Have the files changed since they were last read, be it in vain? Any thread.
  bool changed() const;
  std::shared_ptr<const Current> current() const { return current_.get(); }
  OwnSource own_metrics() const;

 private:
  struct State {
    std::uint64_t checksum = 0;  // of the files at the last attempt, good or not
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
  std::atomic<int> asked_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace vedette
