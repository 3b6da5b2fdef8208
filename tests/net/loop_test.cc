#include "net/loop.h"

#include <stdexcept>
#include <thread>

#include "support/catch.h"

using namespace vedette;

namespace {

Task<int> add(int a, int b) { co_return a + b; }

Task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  int below = co_await deep(depth - 1);
  co_return below + 1;
}

Task<void> sum_up(int* result, int times) {
  for (int i = 0; i < times; ++i) {
    int one = co_await add(0, 1);
    *result += one;
  }
}

Task<void> sleep_and_tell(Loop& loop, Duration nap, Wake* why) { *why = co_await loop.sleep_until(now() + nap); }

Task<void> wait_and_tell(Event* event, Wake* why) { *why = co_await event->wait(); }

Task<void> stop_after(Loop& loop, Duration nap) {
  static_cast<void>(co_await loop.sleep_until(now() + nap));
  loop.stop();
}

Task<void> throw_up() {
  throw std::runtime_error("oh");
  co_return;
}

}  // namespace

TEST_CASE("A million awaits of tasks that end at once need no stack") {
  Loop loop;
  int result = 0;
  loop.spawn(sum_up(&result, 1'000'000));
  loop.stop();
  loop.run();
  CHECK(result == 1'000'000);
}

TEST_CASE("Tasks nest and hand their values up") {
  Loop loop;
  int result = -1;
  auto keep = [](int* to) -> Task<void> { *to = co_await deep(100); };
  loop.spawn(keep(&result));
  loop.stop();
  loop.run();
  CHECK(result == 100);
}

TEST_CASE("A wait ends by its event, by its deadline, or by the loop's end") {
  Loop loop;
  Event rung, silent, cut;
  Wake ready{}, late{}, ended{};
  loop.spawn(wait_and_tell(&rung, &ready));
  loop.spawn(wait_and_tell(&silent, &late), now() + milliseconds(20));
  loop.spawn(wait_and_tell(&cut, &ended));
  loop.post([&] { rung.set(); });
  loop.spawn(stop_after(loop, milliseconds(60)));
  loop.run();
  CHECK(ready == Wake::ready);
  CHECK(late == Wake::timeout);
  CHECK(ended == Wake::cancelled);
}

TEST_CASE("A sleep ends neither early nor twice") {
  Loop loop;
  Wake why = Wake::timeout;
  Time before = now();
  loop.spawn(sleep_and_tell(loop, milliseconds(30), &why));
  loop.spawn(stop_after(loop, milliseconds(40)));
  loop.run();
  CHECK(why == Wake::ready);
  CHECK(now() - before >= milliseconds(40));
}

TEST_CASE("Jobs posted by other threads run in their order") {
  Loop loop;
  std::vector<int> order;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&order, i] { order.push_back(i); });
    loop.stop();
  });
  loop.run();
  other.join();
  REQUIRE(order.size() == 1000);
  for (int i = 0; i < 1000; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("A thousand sleepers are cancelled by a stop in the middle") {
  Loop loop;
  std::vector<Wake> whys(1000, Wake::ready);
  for (Wake& why : whys) loop.spawn(sleep_and_tell(loop, seconds(3600), &why));
  loop.spawn(stop_after(loop, milliseconds(10)));
  loop.run();
  for (Wake why : whys) REQUIRE(why == Wake::cancelled);
}

TEST_CASE("An exception that escapes a task is told and ends only that task") {
  Loop loop;
  int told = 0, result = 0;
  loop.on_escape = [&](std::exception_ptr) { ++told; };
  loop.spawn(throw_up());
  loop.spawn(sum_up(&result, 3));
  loop.stop();
  loop.run();
  CHECK(told == 1);
  CHECK(result == 3);
}
