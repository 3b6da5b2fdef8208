#pragma once
// Alarms in the running agent: judged on time whatever the clock does, kept in the store, told to Alertmanagers, and
// logged. Loop thread only, but for append_to().

#include <memory>
#include <string>
#include <vector>

#include "alarm/notifier.h"
#include "base/log.h"
#include "model/probe_result.h"
#include "model/snapshot.h"
#include "net/loop.h"
#include "store/store.h"
#include "watch/tracker.h"

namespace vedette {

class AlarmWatch {
 public:
  /// The store may be null: then nothing outlives the agent.
  /// `link` is where people find the agent; may be empty.
  AlarmWatch(Loop& loop, Notifier& notifier, std::string link, Log log);

  /// Once, before restore().
  void use(std::shared_ptr<Store> store) { store_ = std::move(store); }
  void replace(const Plan& plan);
  /// What the store has kept; after the first replace().
  void restore(const std::vector<SavedAlarm>& saved);
  void start();
  void record(const Job& job, const ProbeResult& result);
  /// From now on no run starts, so nothing is judged any more: missing results would only tell of the stop.
  void pause();
  /// Keeps everything for the next life, as it was when it paused.
  void close();

  void append_to(Snapshot& snapshot) const { tracker_.append_to(snapshot); }

 private:
  Task<void> tick();
  WallTime look();
  void on_change(const AlarmEvent& event);
  void tell(const AlarmEvent& event);
  void on_gone(const std::string& target, const std::string& alarm);

  Loop& loop_;
  Notifier& notifier_;
  std::string link_;
  Log log_;
  std::shared_ptr<Store> store_;
  Tracker tracker_;
  Time looked_{};
  WallTime looked_wall_{};
  bool paused_ = false;
};

}  // namespace vedette
