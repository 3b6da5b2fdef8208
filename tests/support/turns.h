#pragma once

#include "net/loop.h"

namespace vedette {

/// Counts how often the loop had a millisecond for others.
inline Task<void> count_turns(Loop* loop, int* turns) {
  while (true) {
    Loop::Sleep pause = loop->sleep_until(now() + milliseconds(1));
    Wake why = co_await pause;
    if (why != Wake::ready) co_return;
    ++*turns;
  }
}

}  // namespace vedette
