#pragma once
// A notifier on a loop of its own, driven from the test's thread.

#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "alarm/notifier.h"
#include "support/fake_alertmanager.h"
#include "support/soon.h"

namespace vedette::test {

const WallTime kBegan{seconds(1'795'168'800)};  // 2026-11-20T10:00:00Z

inline Alert alert(const std::string& name, const std::string& text = "", WallTime ends = {}) {
  return {{{"alertname", "VedetteAlarm"}, {"alarm", name}}, {{"description", text}}, kBegan, ends, ""};
}

inline Alertmanager peer(const std::string& url, Duration timeout = seconds(10)) {
  Alertmanager made;
  made.url = made.name = url;
  HttpSettings settings;
  settings.method = "POST";
  settings.headers = {"User-Agent: vedette/test", "Content-Type: application/json"};
  made.profile = make_http_profile(std::move(settings));
  made.timeout = timeout;
  return made;
}

/// Quick to retry; what is told again comes when a test says so.
inline Notifier::Options patient() {
  Notifier::Options options;
  options.resend = seconds(600);
  options.first_retry = milliseconds(10);
  options.longest_retry = milliseconds(40);
  return options;
}

struct Notifying {
  explicit Notifying(std::vector<Alertmanager> peers, Notifier::Options options = patient(), Log log = Log::silent())
      : notifier(net, log, options) {
    notifier.replace(std::move(peers));
    notifier.start();
    thread = std::thread([this] { loop.run(); });
  }
  ~Notifying() { stop(); }
  Notifying(const Notifying&) = delete;

  void stop() {
    loop.stop();
    if (thread.joinable()) thread.join();
  }
  /// On the loop's thread, in one turn of it.
  template <class Job>
  void act(Job job) {
    std::promise<void> done;
    loop.post([&] {
      job(notifier);
      done.set_value();
    });
    done.get_future().wait();
  }
  void raise(const std::string& name, const std::string& text = "") {
    act([&](Notifier& on) { on.raise(name, alert(name, text)); });
  }
  void resolve(const std::string& name, WallTime ends) {
    act([&](Notifier& on) { on.resolve(name, alert(name, "", ends)); });
  }
  /// A value of a family; -1: there is none.
  double metric(const std::string& family, const Labels& labels) const {
    std::vector<OwnFamily> families;
    notifier.own_metrics()(families);
    for (const OwnFamily& one : families) {
      for (const OwnPoint& point : one.points) {
        if (one.name == family && point.labels == labels) return point.value;
      }
    }
    return -1;
  }
  double posts(const std::string& url, const std::string& result) const {
    return metric("vedette_alertmanager_posts_total", {{"alertmanager", url}, {"result", result}});
  }
  double up(const std::string& url) const { return metric("vedette_alertmanager_up", {{"alertmanager", url}}); }
  double pending(const std::string& url) const {
    return metric("vedette_alertmanager_pending_alerts", {{"alertmanager", url}});
  }

  Loop loop;
  Net net{loop};
  Notifier notifier;
  std::thread thread;
};

}  // namespace vedette::test
