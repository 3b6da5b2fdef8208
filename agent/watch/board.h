#pragma once
// The latest of every target: written on the loop's thread as runs end, copied out by scrapes on any thread. A target's
// numbers always belong to one run; a scrape holds a target's lock for as long as its copy takes and never all at once.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "model/probe_result.h"
#include "model/snapshot.h"
#include "watch/plan.h"

namespace vedette {

/// What a result changed.
struct Change {
  bool first = false;             // the target's first result
  std::optional<Failure> before;  // what was wrong until now; none: it was up
  WallTime since{};               // when that began
};

class Board {
 public:
  /// Targets whose labels stay keep everything; loop thread.
  void replace(const Plan& plan);
  /// Loop thread. Tells what changed if the target's state did: up, or down for another reason.
  std::optional<Change> record(const Job& job, const ProbeResult& result);
  void count_skip(const Job& job);

  /// Any thread.
  Snapshot snapshot() const;

 private:
  struct Cell;
  struct Cells {
    std::vector<std::shared_ptr<Cell>> all;
    std::size_t numbers = 0;  // that a snapshot of them has
  };
  std::map<std::string, std::shared_ptr<Cell>> by_name_;  // loop thread
  Published<Cells> shown_;
};

}  // namespace vedette
