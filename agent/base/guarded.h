#pragma once
// The two ways threads share data. Nothing else in the tree holds a mutex.

#include <memory>
#include <mutex>
#include <utility>

namespace vedette {

/// Data that can be reached only through its own lock. Any thread.
///
///   Guarded<std::vector<int>> numbers;
///   numbers.with([](auto& n) { n.push_back(1); });
template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  template <class F>
  auto with(F&& use) {
    std::lock_guard lock(mutex_);
    return use(value_);
  }
  template <class F>
  auto with(F&& use) const {
    std::lock_guard lock(mutex_);
    return use(static_cast<const T&>(value_));
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

/// The latest value of something: one writer, many readers, nobody waits for long. Any thread.
template <class T>
class Published {
 public:
  void put(std::shared_ptr<const T> value) {
    std::lock_guard lock(mutex_);
    value_.swap(value);  // the old value is freed by our caller's copy, after the lock
  }
  std::shared_ptr<const T> get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace vedette
