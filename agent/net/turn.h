#pragma once
// How long one exchange may keep the loop before others have their turn.

#include <algorithm>

#include "base/time.h"
#include "net/http.h"

namespace vedette {

constexpr Duration kLongestTurn = milliseconds(4);

/// As long as the turn that began then may last, the sink goes on with what it has. False: it wants no more.
inline bool work_off(BodySink& sink, Time begin) {
  bool more = true;
  while (more && sink.waits() && now() - begin <= kLongestTurn) more = sink.go_on();
  return more;
}

/// When it is its turn again: whoever unpacks or searches all the time has half of the loop's, at most.
inline Time next_turn(Time begin) {
  Time end = now();
  return end + std::max<Duration>(end - begin, milliseconds(1));
}

}  // namespace vedette
