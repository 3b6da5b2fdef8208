#pragma once
// What one Alertmanager is yet to hear, in which order and when. Pure: it is told the time. It holds keys alone, each
// once, so its size is bounded by the number of alerts, and what is posted late is the latest of each.
//
//   if (outbox.round_is_due(now)) outbox.begin_round(all_keys, now);
//   for (const auto& item : outbox.take()) …            // post these
//   outbox.taken() or outbox.refused() or outbox.failed(now, wait);

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"

namespace vedette {

class Outbox {
 public:
  static constexpr std::size_t kMostInPost = 64;  // as many as Prometheus puts into one

  struct Pace {
    Duration resend{}, first_retry{}, longest_retry{};
  };
  struct Item {
    std::string key;
    bool news = false;
  };
  using Batch = std::vector<Item>;

  explicit Outbox(Pace pace) : pace_(pace) {}

  /// Its state has changed: to be told at once.
  void add(const std::string& key);
  /// There is nothing to tell of it any more.
  void drop(const std::string& key);
  /// Now and then everything is told again.
  bool round_is_due(Time now) const { return now >= round_; }
  void begin_round(const std::vector<std::string>& keys, Time now);

  /// When there is something to post. What is news since a failure waits for the first retry at most.
  Time next() const;
  /// The next post, news first. Empty: a greeting, which shows whether the Alertmanager takes anything.
  const Batch& take();
  /// Instead of posting that: each half for itself.
  void halve();

  // What became of the post.
  void taken();
  /// True: an alert alone, for the first time. Those of a larger post are told apart, and a greeting is no alert: that
  /// failed.
  bool refused();
  void failed(Time now, Duration asked_to_wait);

  /// The next attempt need not wait, unless we were asked to.
  void hurry(Time now);

  /// Its latest state has not arrived.
  bool holds_news(const std::string& key) const;
  std::size_t untold() const;

 private:
  bool must_greet() const { return greet_first_ || !doubtful_.empty(); }
  void collect(const std::set<std::string>& from, bool news);
  void put_back(const Batch& batch);

  Pace pace_;
  std::set<std::string> news_, again_;  // to be told: for the first time, or once more
  Batch flying_;                        // the post under way
  std::vector<Batch> pieces_;           // of one that was too much; told before all others
  std::set<std::string> refused_;       // these go alone, so that they stand in nobody's way
  std::set<std::string> doubtful_;      // refused by somebody who may be no Alertmanager at all
  bool vouched_ = false;                // something was taken in this round, and nothing has failed since
  bool greet_first_ = false;            // the last greeting was in vain
  Time round_{};                        // when the next one begins
  Duration backoff_{};                  // zero: the last post did not fail
  Time retry_{}, retry_news_{};         // what backoff says
  Time asked_{};                        // what the Alertmanager says
  bool fresh_ = false;                  // there is news since the last failure
};

}  // namespace vedette
