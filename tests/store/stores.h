#pragma once
// A folder for a database, and rows to put into it.

#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "support/catch.h"
#include "support/folder.h"

namespace vedette {

struct StoreFolder : Folder {
  std::string file(const std::string& name = "vedette.db") const { return path(name); }
  std::string url(const std::string& name = "vedette.db") const { return "sqlite:" + file(name); }
};

inline StoreOptions store_options(const std::string& url, const std::string& agent = "here") {
  StoreOptions options;
  options.url = url;
  options.agent = agent;
  return options;
}

inline std::unique_ptr<Store> open_store(const std::string& url, const std::string& agent = "here") {
  auto store = Store::open(store_options(url, agent), Log::silent());
  if (!store) FAIL(store.error().message);
  return *std::move(store);
}

inline std::string open_error(const StoreOptions& options) {
  auto store = Store::open(options, Log::silent());
  return store ? "it opened" : store.error().message;
}

/// So many seconds after some moment in 2026.
inline WallTime moment(std::int64_t second) { return WallTime(seconds(1'780'000'000 + second)); }

inline Transition transition(const std::string& target, const std::string& alarm, std::int64_t second,
                             AlarmState after = AlarmState::alarm) {
  Transition one;
  one.target = target;
  one.alarm = alarm;
  one.labels = {{"severity", "critical"}, {"team", "web"}};
  one.at = moment(second);
  one.before = AlarmState::ok;
  one.after = after;
  one.value = 0.5;
  one.threshold = 0.28;
  one.reason = "p90 is 500ms, above 280ms";
  return one;
}

inline SavedAlarm saved(const std::string& target, const std::string& alarm, std::int64_t second,
                        const std::string& window = "window") {
  return {target, alarm, AlarmState::alarm, moment(second), moment(second), window};
}

inline void record(Store& store, const Transition& one) {
  store.record(one, {one.target, one.alarm, one.after, one.at, one.at, "w"});
}

inline std::vector<Transition> rows(Store& store, TransitionQuery query = {}) {
  auto page = store.transitions(query);
  if (!page) FAIL(page.error().message);
  std::vector<Transition> transitions;
  for (const StoredTransition& row : page->rows) transitions.push_back(row.transition);
  return transitions;
}

inline std::vector<SavedAlarm> load(Store& store) {
  auto alarms = store.load();
  if (!alarms) FAIL(alarms.error().message);
  return *alarms;
}

/// Of one of the store's own metrics, the first point or the one with this result.
inline double store_metric(const Store& store, const std::string& name, const std::string& result = "") {
  std::vector<OwnFamily> families;
  store.own_metrics()(families);
  for (const OwnFamily& family : families) {
    for (const OwnPoint& point : family.points) {
      if (family.name == name && (result.empty() || point.labels.front().second == result)) return point.value;
    }
  }
  FAIL("there is no metric " << name);
  return 0;
}

constexpr Duration kLongEnough = seconds(30);

}  // namespace vedette
