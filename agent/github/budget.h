#pragma once
// When a request may leave, so that no limit of GitHub's is ever hit twice. Pure: it is told the time.
//
// Two kinds of limits are kept apart. The hourly quota belongs to a credential and a resource (core, search, graphql):
// when it is used up, others go on. The secondary limits belong to the host: they are told by nobody in advance, so
// requests leave at a bounded rate, few at a time, and a warning stops them all.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vedette {

/// What a request is for: the first fill and audits leave something for what keeps the ledger up to date.
enum class Purpose { live, fill };

class Budget {
 public:
  struct Options {
    double reserve = 0.1;     // of every quota is left alone: it is other people's too
    double fill_share = 0.5;  // of what is beyond the reserve, that the first fill may use
    int at_once = 2;          // requests under way
    double per_minute = 600;  // points; GitHub allows 900 of REST and 2000 of GraphQL
    Duration first_pause = seconds(60), longest_pause = std::chrono::hours(1);  // after a warning without a time
    Duration bad_credential = std::chrono::minutes(30);  // how long one that was refused is not used
  };

  explicit Budget(Options options) : options_(options) {}

  /// When the next request of this credential for this resource may leave: `now` or earlier means at once. When only
  /// the end of another request can tell, Time::max().
  Time ready_at(const std::string& credential, const std::string& resource, Purpose purpose, Time now) const;

  /// A request leaves. Each is followed by ended(), after what its answer said of the quota.
  void leaves(const std::string& credential, const std::string& resource, Time now);
  void ended(const std::string& credential, const std::string& resource);

  /// What an answer's headers said of the quota, which is whole again at `reset`.
  void quota(const std::string& credential, const std::string& resource, std::int64_t limit, std::int64_t remaining,
             Time reset);
  /// The quota is used up, whatever its numbers say.
  void exhausted(const std::string& credential, const std::string& resource, Time until);
  /// A secondary limit was hit. Zero: nobody said how long to wait; then the pause doubles each time.
  void slow_down(Duration wait, Time now);
  /// An answer that was none of these: the next warning begins with a short pause again, some time after the last one.
  void went_well(Time now);
  /// The credential was refused. Longer each time, so that its owner is not locked out.
  void refused(const std::string& credential, Duration wait, Time now);
  void accepted(const std::string& credential);
  bool is_refused(const std::string& credential, Time now) const;

  struct Quota {
    std::int64_t limit = -1, remaining = -1;  // -1: not known; then it counts as unlimited
    std::int64_t under_way = 0;               // requests whose answers may lower it
    Time reset{}, parked{};                   // nothing leaves until `parked`
  };
  const std::map<std::pair<std::string, std::string>, Quota>& quotas() const { return quotas_; }
  Time host_rests_until() const { return host_until_; }
  int under_way() const { return under_way_; }

 private:
  struct Login {
    Time until{};
    int failures = 0;
  };
  Time quota_ready(const Quota& quota, Purpose purpose, Time now) const;
  Time pace_ready(Time now) const;

  Options options_;
  std::map<std::pair<std::string, std::string>, Quota> quotas_;
  std::map<std::string, Login> logins_;
  Time host_until_{}, warned_{};
  Duration next_pause_{};
  double spent_ = 0;  // points of the bucket that are gone, as of `spent_at_`
  Time spent_at_{};
  int under_way_ = 0;
};

}  // namespace vedette
