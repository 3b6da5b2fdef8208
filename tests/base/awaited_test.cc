#include "base/awaited.h"

#include <thread>

#include "support/catch.h"

namespace vedette {
namespace {

TEST_CASE("one thread waits for what another changes") {
  Awaited<int> number;
  std::thread other([&] {
    for (int i = 0; i < 3; ++i) number.change([](int& n) { ++n; });
  });
  CHECK(number.wait(now() + seconds(30), [](int& n) { return n == 3; }));
  other.join();
  CHECK(number.read([](int n) { return n; }) == 3);
}

TEST_CASE("a wait ends when its time is over") {
  Awaited<int> number;
  CHECK_FALSE(number.wait(now() + milliseconds(1), [](int&) { return false; }));
}

TEST_CASE("how long to wait may change with the data") {
  Awaited<bool> hurry;
  std::thread other([&] { hurry.change([](bool& value) { value = true; }); });
  int looks = 0;
  hurry.wait_as([&](bool& value) {
    ++looks;
    return value ? Time{} : now() + seconds(30);
  });
  other.join();
  CHECK(looks >= 1);
  CHECK(hurry.read([](bool value) { return value; }));
}

}  // namespace
}  // namespace vedette
