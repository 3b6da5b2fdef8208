#pragma once
// How long a tree of tasks may wait: a deadline, a cancelled flag, and who waits in it. Loop thread only.

#include <coroutine>

#include "base/time.h"

namespace vedette {

class Loop;

/// Why a wait ended.
enum class Wake { ready, timeout, cancelled };

/// A place in a ring; alone it is a ring of one.
struct Link {
  Link* prev = this;
  Link* next = this;
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unlink(); }
  bool alone() const { return next == this; }
  void unlink();
  void insert_before(Link& other);
};

/// A moment at which something happens, unless it is taken back. Must not outlive its loop.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void fire() = 0;
  Time when{};
  bool armed = false;
};

/// One suspended task.
class Waiter : public Link {
 public:
  /// The first reason counts; the task goes on when the loop drains.
  void wake(Wake why);
  /// Suspends the task in this scope; ends at once if the scope has ended already.
  void suspend(std::coroutine_handle<> task, class Scope& scope);
  Wake why() const { return why_; }

 private:
  std::coroutine_handle<> task_;
  Scope* scope_ = nullptr;
  bool waiting_ = false;
  Wake why_ = Wake::ready;
};

/// Lives in a task's frame, as long as the tasks that run in it.
class Scope final : public Link, private Timer {
 public:
  /// The loop's root scope: no deadline, no parent.
  explicit Scope(Loop& loop) : loop_(loop) {}
  Scope(Scope& parent, Time deadline);
  ~Scope() override;

  Loop& loop() const { return loop_; }
  Time deadline() const { return deadline_; }
  /// Ends every wait in this scope and those below, now and from now on.
  void cancel() { end(Wake::cancelled); }
  bool ended() const { return ended_; }
  Wake why_ended() const { return why_; }
  void resume_later(std::coroutine_handle<> task);

 private:
  friend class Waiter;
  void fire() override { end(Wake::timeout); }
  void end(Wake why);

  Loop& loop_;
  Time deadline_ = Time::max();
  bool ended_ = false;
  Wake why_ = Wake::ready;
  Link waiters_;
  Link children_;
};

}  // namespace vedette
