#pragma once
// The event loop (libuv): everything that talks runs on its thread. Other threads come in through post() alone.
//
//   Loop loop;
//   loop.spawn(work(loop));          // before run(), or on the loop's thread
//   loop.run();                      // until stop() and the end of every task

#include <coroutine>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "model/own.h"
#include "net/task.h"

struct uv_loop_s;

namespace vedette {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Returns when stop() was called and every task has ended.
  void run();
  /// Any thread. Every wait ends as cancelled; tasks unwind.
  void stop();
  /// Any thread: runs the job on the loop's thread, soon. The only way in.
  void post(std::function<void()> job);

  /// Runs the task in a scope of its own, until it has ended. An exception that escapes it goes to `on_escape`.
  void spawn(Task<void> task, Time deadline = Time::max());
  std::function<void(std::exception_ptr)> on_escape;

  class Sleep;
  /// co_await it: ready when the time has come, else why not.
  Sleep sleep_until(Time when);

  // For the parts of net/ that call back into tasks.
  void arm(Timer& timer);
  void disarm(Timer& timer);
  void resume_later(std::coroutine_handle<> task) { ready_.push_back(task); }
  /// Resumes whoever is ready. The only place that does; every callback of libuv ends with it.
  void drain();
  uv_loop_s* handle() { return uv_.get(); }

  /// How late timers fired, and how many tasks live.
  OwnSource own_metrics();

 private:
  struct Root;
  struct Callbacks;
  struct Order {
    bool operator()(const Timer* a, const Timer* b) const { return a->when != b->when ? a->when < b->when : a < b; }
  };
  Root run_root(Time deadline, Task<void> task);
  void arm_uv();
  void on_timer();
  bool looks_first(Time current);
  void on_post();
  void end_if_done();

  std::unique_ptr<uv_loop_s> uv_;
  struct Handles;
  Handles* handles_;  // freed by libuv's close callback
  std::set<Timer*, Order> timers_;
  Time armed_for_ = Time::max();
  std::deque<std::coroutine_handle<>> ready_;
  bool draining_ = false;
  bool looked_ = false;  // at the kernel's news, since the timers fell due
  bool stopping_ = false;
  std::size_t live_ = 0;
  Counter tasks_started_;
  Histogram lag_{{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1}};
  Guarded<std::vector<std::function<void()>>> mailbox_;
  Scope root_{*this};
};

class Loop::Sleep final : private Timer {
 public:
  Sleep(Loop& loop, Time until) : loop_(loop) { when = until; }
  Sleep(const Sleep&) = delete;
  ~Sleep() override { loop_.disarm(*this); }
  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> task) {
    loop_.arm(*this);
    waiter_.suspend(task, *task.promise().scope);
  }
  Wake await_resume() {
    loop_.disarm(*this);
    return waiter_.why();
  }

 private:
  void fire() override { waiter_.wake(Wake::ready); }
  Loop& loop_;
  Waiter waiter_;
};

inline Loop::Sleep Loop::sleep_until(Time when) { return Sleep(*this, when); }

/// Something that happens once; one task may wait for it. Loop thread only.
class Event {
 public:
  void set() {
    set_ = true;
    if (waiter_) waiter_->wake(Wake::ready);
  }
  bool is_set() const { return set_; }

  class Wait {
   public:
    explicit Wait(Event& event) : event_(event) {}
    Wait(const Wait&) = delete;
    ~Wait() { event_.waiter_ = nullptr; }
    bool await_ready() const { return event_.set_; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> task) {
      event_.waiter_ = &waiter_;
      waiter_.suspend(task, *task.promise().scope);
    }
    Wake await_resume() { return waiter_.why(); }

   private:
    Event& event_;
    Waiter waiter_;
  };
  Wait wait() { return Wait(*this); }

 private:
  friend class Wait;
  bool set_ = false;
  Waiter* waiter_ = nullptr;
};

/// The scope of the task that awaits it: `Scope& scope = co_await current_scope();`
struct current_scope {
  Scope* scope = nullptr;
  bool await_ready() const { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> task) {
    scope = task.promise().scope;
    return false;
  }
  Scope& await_resume() { return *scope; }
};

}  // namespace vedette
