#include "base/memory.h"

#include <malloc.h>

namespace vedette {

void tune_allocator() {
  // One arena a thread would make a small agent large.
  mallopt(M_ARENA_MAX, 2);
  // Every freed receive buffer would sweep the bins of small pieces together, some 4 % of a probe.
  mallopt(M_MXFAST, 0);
}

}  // namespace vedette
