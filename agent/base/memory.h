#pragma once

namespace vedette {

/// Fits the C library's allocator to what the agent does: few threads, many small things that die young. Call once,
/// first, before any thread starts.
void tune_allocator();

}  // namespace vedette
