#include "net/worker.h"

#include <uv.h>

namespace vedette {

namespace {

struct Work {
  uv_work_t request;
  Loop* loop;
  std::function<void()> job;
  std::shared_ptr<Event> done;

  static Work& of(uv_work_t* request) { return *static_cast<Work*>(request->data); }
  static void on_worker(uv_work_t* request) { of(request).job(); }
  // libuv brings this back to the loop's thread.
  static void after(uv_work_t* request, int) {
    std::unique_ptr<Work> work(&of(request));
    work->done->set();
    work->loop->drain();
  }
};

}  // namespace

Task<Wake> on_a_worker(Loop& loop, std::function<void()> job) {
  auto done = std::make_shared<Event>();
  auto work = std::make_unique<Work>();
  work->request.data = work.get();
  work->loop = &loop;
  work->job = std::move(job);
  work->done = done;
  if (uv_queue_work(loop.handle(), &work->request, Work::on_worker, Work::after) != 0) co_return Wake::cancelled;
  static_cast<void>(work.release());  // after() has it now
  Event::Wait end = done->wait();
  Wake why = co_await end;
  co_return why;
}

}  // namespace vedette
