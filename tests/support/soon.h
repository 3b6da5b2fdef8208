#pragma once
// Waiting for what another thread does.

#include <thread>

#include "base/time.h"

namespace vedette::test {

/// True as soon as the condition is, false when it still is not at the end of the bound.
template <class Condition>
bool soon(Condition condition, Duration bound = seconds(10)) {
  const Time deadline = now() + bound;
  while (!condition()) {
    if (now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

}  // namespace vedette::test
