#include "github/budget.h"

#include <algorithm>
#include <cmath>

namespace vedette {

namespace {

constexpr double kBurst = 30;  // points that may leave at once after a rest

}  // namespace

Time Budget::quota_ready(const Quota& quota, Purpose purpose, Time now) const {
  Time ready = quota.parked;
  if (quota.limit < 0 || quota.remaining < 0 || quota.reset <= now) return ready;
  const auto limit = static_cast<double>(quota.limit);
  double kept = options_.reserve * limit;
  if (purpose == Purpose::fill) kept += (1 - options_.fill_share) * (limit - kept);
  return static_cast<double>(quota.remaining - quota.under_way) > kept ? ready : std::max(ready, quota.reset);
}

// A bucket that fills at the rate and never holds more than a burst.
Time Budget::pace_ready(Time now) const {
  const double a_second = options_.per_minute / 60;
  const double spent = spent_ - to_seconds(now - spent_at_) * a_second;
  return spent <= kBurst ? now : now + from_seconds((spent - kBurst) / a_second);
}

Time Budget::ready_at(const std::string& credential, const std::string& resource, Purpose purpose, Time now) const {
  if (under_way_ >= options_.at_once) return Time::max();
  Time ready = std::max(host_until_, pace_ready(now));
  if (auto login = logins_.find(credential); login != logins_.end()) ready = std::max(ready, login->second.until);
  if (auto quota = quotas_.find({credential, resource}); quota != quotas_.end())
    ready = std::max(ready, quota_ready(quota->second, purpose, now));
  return ready;
}

void Budget::leaves(const std::string& credential, const std::string& resource, Time now) {
  ++under_way_;
  ++quotas_[{credential, resource}].under_way;
  spent_ = std::max(0.0, spent_ - to_seconds(now - spent_at_) * options_.per_minute / 60) + 1;
  spent_at_ = now;
}

void Budget::ended(const std::string& credential, const std::string& resource) {
  --under_way_;
  --quotas_[{credential, resource}].under_way;
}

void Budget::quota(const std::string& credential, const std::string& resource, std::int64_t limit,
                   std::int64_t remaining, Time reset) {
  Quota& known = quotas_[{credential, resource}];
  known.limit = limit;
  known.remaining = remaining;
  known.reset = reset;
}

void Budget::exhausted(const std::string& credential, const std::string& resource, Time until) {
  Quota& known = quotas_[{credential, resource}];
  known.parked = std::max(known.parked, until);
}

void Budget::slow_down(Duration wait, Time now) {
  warned_ = now;
  if (next_pause_ == Duration{}) next_pause_ = options_.first_pause;
  if (wait == Duration{}) {
    wait = next_pause_;
    next_pause_ = std::min(2 * next_pause_, options_.longest_pause);
  }
  host_until_ = std::max(host_until_, now + wait);
}

void Budget::went_well(Time now) {
  if (now > warned_ + options_.longest_pause) next_pause_ = {};
}

void Budget::refused(const std::string& credential, Duration wait, Time now) {
  Login& login = logins_[credential];
  constexpr int kMostDoubled = 4;
  const Duration own = options_.bad_credential * (1 << std::min(login.failures, kMostDoubled));
  ++login.failures;
  login.until = std::max(login.until, now + std::max(wait, own));
}

void Budget::accepted(const std::string& credential) { logins_.erase(credential); }

bool Budget::is_refused(const std::string& credential, Time now) const {
  auto login = logins_.find(credential);
  return login != logins_.end() && login->second.until > now;
}

}  // namespace vedette
