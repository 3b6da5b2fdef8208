#include "net/loop.h"

#include <uv.h>

#include <cstdio>
#include <cstdlib>

namespace vedette {

// How late a timer must be for its loop to have been kept from the kernel meanwhile.
constexpr Duration kLate = milliseconds(20);

// libuv's handles must outlive their close callbacks, so they live together on the heap and free themselves.
struct Loop::Handles {
  uv_async_t post;
  uv_timer_t timer;
  int open = 2;
};

struct Loop::Callbacks {
  static Loop& of(void* handle) { return *static_cast<Loop*>(static_cast<uv_handle_t*>(handle)->data); }
  static void posted(uv_async_t* handle) { of(handle).on_post(); }
  static void timed(uv_timer_t* handle) { of(handle).on_timer(); }
  static void closed(uv_handle_t* handle) {
    auto* handles = static_cast<Handles*>(handle->data);
    if (--handles->open == 0) delete handles;
  }
};

// The coroutine under which a spawned task runs: owns the task's scope, counts it, and frees itself at the end.
struct Loop::Root {
  struct promise_type {
    promise_type(Loop& loop, Time deadline, Task<void>&) : own(loop.root_, deadline), scope(&own), loop_(loop) {
      ++loop.live_;
      loop.tasks_started_.add();
    }
    ~promise_type() { --loop_.live_; }
    Root get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {
      if (loop_.on_escape) loop_.on_escape(std::current_exception());
    }
    Scope own;
    Scope* scope;
    Loop& loop_;
  };
};

Loop::Root Loop::run_root(Time, Task<void> task) { co_await std::move(task); }

Loop::Loop() : uv_(std::make_unique<uv_loop_s>()), handles_(new Handles) {
  if (uv_loop_init(uv_.get()) != 0 || uv_async_init(uv_.get(), &handles_->post, Callbacks::posted) != 0 ||
      uv_timer_init(uv_.get(), &handles_->timer) != 0) {
    std::fputs("vedette: the kernel gives no event loop (out of descriptors?)\n", stderr);
    std::abort();
  }
  handles_->post.data = handles_->timer.data = this;
}

Loop::~Loop() {
  on_post();  // what was posted last may hold handles
  handles_->post.data = handles_->timer.data = handles_;
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->post), Callbacks::closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->timer), Callbacks::closed);
  // A turn without waiting runs the close callbacks; a stop that is still pending costs one more.
  for (int turns = 0; turns < 4 && uv_loop_alive(uv_.get()) != 0; ++turns) uv_run(uv_.get(), UV_RUN_NOWAIT);
  // Jobs that nobody waits for any more still have their threads.
  while (uv_->active_reqs.count > 0) uv_run(uv_.get(), UV_RUN_ONCE);
  if (uv_loop_close(uv_.get()) != 0) {
    // A handle of net/ was left open: a bug of ours that every test would otherwise sleep through.
    std::fputs("vedette: an event handle outlived its loop\n", stderr);
    std::abort();
  }
}

void Loop::run() {
  drain();
  end_if_done();
  uv_run(uv_.get(), UV_RUN_DEFAULT);
}

void Loop::stop() {
  post([this] {
    stopping_ = true;
    root_.cancel();
  });
}

void Loop::post(std::function<void()> job) {
  mailbox_.with([&](auto& jobs) { jobs.push_back(std::move(job)); });
  uv_async_send(&handles_->post);
}

void Loop::spawn(Task<void> task, Time deadline) { run_root(deadline, std::move(task)); }

void Loop::on_post() {
  std::vector<std::function<void()>> jobs;
  mailbox_.with([&](auto& waiting) { jobs.swap(waiting); });
  for (auto& job : jobs) job();
  drain();
}

void Loop::drain() {
  if (draining_) return;
  draining_ = true;
  while (!ready_.empty()) {
    auto task = ready_.front();
    ready_.pop_front();
    task.resume();
  }
  draining_ = false;
  end_if_done();
}

void Loop::end_if_done() {
  if (stopping_ && live_ == 0) uv_stop(uv_.get());
}

void Loop::arm(Timer& timer) {
  if (timer.armed) return;
  timer.armed = true;
  timers_.insert(&timer);
  if (timer.when < armed_for_) arm_uv();
}

void Loop::disarm(Timer& timer) {
  if (!timer.armed) return;
  timer.armed = false;
  timers_.erase(&timer);
}

// libuv's timers count whole milliseconds from its cached time, which is the same clock as ours: rounding the moment
// itself up means that nothing fires early and no second wake-up is needed.
void Loop::arm_uv() {
  if (timers_.empty()) return;
  armed_for_ = (*timers_.begin())->when;
  std::int64_t due_ms = (armed_for_.time_since_epoch().count() + 999'999) / 1'000'000;
  std::int64_t wait = due_ms - static_cast<std::int64_t>(uv_now(uv_.get()));
  uv_timer_start(&handles_->timer, Callbacks::timed, wait > 0 ? static_cast<std::uint64_t>(wait) : 0, 0);
}

// After something has kept the loop for long, answers may lie in the kernel that came in time: they are fetched before
// anybody is told that it is too late. A millisecond, since libuv would call a timer of none at once again.
bool Loop::looks_first(Time current) {
  bool late = !timers_.empty() && current - (*timers_.begin())->when > kLate;
  looked_ = late && !looked_;
  if (looked_) uv_timer_start(&handles_->timer, Callbacks::timed, 1, 0);
  return looked_;
}

void Loop::on_timer() {
  Time current = now();
  if (looks_first(current)) return;
  while (!timers_.empty() && (*timers_.begin())->when <= current) {
    Timer& timer = **timers_.begin();
    lag_.observe(to_seconds(current - timer.when));
    disarm(timer);
    timer.fire();
  }
  armed_for_ = Time::max();
  drain();
  if (armed_for_ == Time::max()) arm_uv();
}

OwnSource Loop::own_metrics() {
  return [this](std::vector<OwnFamily>& families) {
    families.push_back({"vedette_loop_lag_seconds",
                        "How late the probing loop's timers fired.",
                        OwnFamily::Type::histogram,
                        {lag_.point({})}});
    families.push_back({"vedette_loop_tasks_total",
                        "Tasks started on the probing loop.",
                        OwnFamily::Type::counter,
                        {{{}, static_cast<double>(tasks_started_.get()), {}}}});
  };
}

}  // namespace vedette
