#pragma once
// The running agent: loop, scheduler, board, configuration and web side, joined. Each part offers its own numbers and
// pages and knows nothing of the others.

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "base/log.h"
#include "command/cli.h"
#include "command/current.h"
#include "command/probe_endpoint.h"
#include "serve/server.h"
#include "store/store.h"
#include "watch/alarm_watch.h"
#include "watch/board.h"
#include "watch/scheduler.h"

namespace vedette {

class Agent {
 public:
  Agent(const RunOptions& options, Log log);
  ~Agent();
  Agent(const Agent&) = delete;

  /// Loads, schedules, serves: on `sockets` if there are any, else where the options say. After an error nothing runs.
  Result<void> start(std::vector<int> sockets = {});
  /// Lets runs under way end within the grace period, then ends everything.
  void stop();
  Configuration& configuration() { return configuration_; }

 private:
  Result<std::shared_ptr<WebRules>> load_web_rules() const;
  Result<void> apply(std::shared_ptr<Orders> orders);
  Result<std::shared_ptr<Store>> open_store(const Orders& orders);
  std::shared_ptr<Store> store() const;
  WebResponse ask(const WebRequest& request, Store& kept);
  void close_alarms();
  Task<void> tell_last(std::shared_ptr<std::promise<void>> told);
  void on_result(const Job& job, const ProbeResult& result);
  std::vector<Route> routes();
  std::vector<OwnFamily> own_families() const;
  WebResponse metrics(const WebRequest& request);
  WebResponse other_page(const WebRequest& request) const;

  RunOptions options_;
  Log log_;
  Loop loop_;
  Net net_{loop_};
  Board board_;
  Notifier notifier_;
  AlarmWatch alarms_;
  Scheduler scheduler_;
  Configuration configuration_;
  ProbeEndpoint probe_endpoint_;
  std::unique_ptr<Server> server_;
  Published<std::vector<OwnSource>> own_;
  Guarded<std::shared_ptr<Store>> store_;  // from the first alarm on
  std::string store_url_;                  // of it
  std::thread thread_;
  std::atomic<bool> ready_{false};
  std::atomic<int> asking_{0};  // the store
};

}  // namespace vedette
