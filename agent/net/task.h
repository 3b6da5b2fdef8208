#pragma once
// Coroutines that wait: Task<T> is what a waiting function returns, Scope is how long it may wait.
//
//   Task<Answer> ask(Loop& loop, std::string question) {
//     Wake why = co_await loop.sleep_until(later);     // a leaf: every wait says why it ended
//     if (why != Wake::ready) co_return Answer{};      // timeout or cancelled: leave, don't wait again
//     ...
//   }
//
// Deadline and cancellation are inherited: a task runs in the scope of the task that awaits it, so no function
// passes them on and no wait can forget them. All of it happens on the loop's thread.
//
// House rules (g++ 12 has bugs here): one co_await a statement, no braces inside a co_await expression, no coroutine
// lambdas, no reference parameters to temporaries.

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "net/scope.h"

namespace vedette {

template <class T>
class Task;

/// What all tasks' promises share.
struct PromiseBase {
  Scope* scope = nullptr;            // set by whoever awaits the task
  std::coroutine_handle<> awaiting;  // null while nobody waits for the end
  std::exception_ptr thrown;

  std::suspend_always initial_suspend() noexcept { return {}; }
  // No symmetric transfer: with g++ it overflows the stack in unoptimised and sanitized builds.
  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> task) noexcept {
      if (task.promise().awaiting) task.promise().scope->resume_later(task.promise().awaiting);
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { thrown = std::current_exception(); }
};

/// What owning and awaiting a task means, whatever it returns.
template <class Promise>
class TaskHandle {
 public:
  TaskHandle(TaskHandle&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  TaskHandle& operator=(TaskHandle&&) = delete;
  ~TaskHandle() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> parent) {
    handle_.promise().scope = parent.promise().scope;
    handle_.resume();
    if (handle_.done()) return false;
    handle_.promise().awaiting = parent;
    return true;
  }

 protected:
  explicit TaskHandle(Promise& promise) : handle_(std::coroutine_handle<Promise>::from_promise(promise)) {}
  /// The promise of the ended task, after whatever it threw.
  Promise& ended() const {
    if (handle_.promise().thrown) std::rethrow_exception(handle_.promise().thrown);
    return handle_.promise();
  }

 private:
  std::coroutine_handle<Promise> handle_;
};

template <class T>
struct TaskPromise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
};

template <>
struct TaskPromise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
};

/// Starts when awaited; the awaiting task goes on when it has ended. Await it once.
template <class T>
class [[nodiscard]] Task : public TaskHandle<TaskPromise<T>> {
 public:
  using promise_type = TaskPromise<T>;
  explicit Task(promise_type& promise) : TaskHandle<promise_type>(promise) {}
  T await_resume() {
    if constexpr (std::is_void_v<T>) {
      this->ended();
    } else {
      return std::move(*this->ended().value);
    }
  }
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(*this);
}

inline Task<void> TaskPromise<void>::get_return_object() { return Task<void>(*this); }

}  // namespace vedette
