#pragma once

#include <functional>

#include "net/loop.h"

namespace vedette {

/// Does the job on one of libuv's few worker threads while the caller waits within its scope; `ready` once it is done.
/// When the scope ends first, the job is left to itself: so it must own all it uses, and nobody may look at that before
/// it is done. The loop does not go away before the job has ended. Loop thread only.
Task<Wake> on_a_worker(Loop& loop, std::function<void()> job);

}  // namespace vedette
