#pragma once
// Data that one thread changes and another waits for. Beside base/guarded.h, the only place with a lock.

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/time.h"

namespace vedette {

/// Data behind its own lock, and a way to wait until it is as one wants it. Any thread.
///
///   Awaited<bool> done;
///   done.change([](bool& value) { value = true; });
///   bool seen = done.wait(now() + seconds(5), [](bool& value) { return value; });
template <class T>
class Awaited {
 public:
  /// Whoever waits looks again afterwards.
  template <class F>
  auto change(F&& use) {
    std::lock_guard lock(mutex_);
    changed_.notify_all();  // they get the lock after us
    return use(value_);
  }
  template <class F>
  auto read(F&& use) const {
    std::lock_guard lock(mutex_);
    return use(static_cast<const T&>(value_));
  }
  /// True as soon as `ready(data)` is; false when that moment passes first. `ready` runs under the lock and may take
  /// what it waited for.
  template <class F>
  bool wait(Time until, F&& ready) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [&] { return ready(value_); });
  }
  /// The same where the moment depends on the data: `look` says, now and after each change, until when to wait; a
  /// moment that has passed ends it.
  template <class F>
  void wait_as(F&& look) {
    std::unique_lock lock(mutex_);
    for (Time until = look(value_); until > now(); until = look(value_)) changed_.wait_until(lock, until);
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
};

}  // namespace vedette
