#pragma once

#include <string>

#include "model/probe_result.h"

namespace vedette {

/// A run drawn for people: a bar for each phase of each step, what each found out, and the verdict.
std::string draw_waterfall(const std::string& target, const ProbeResult& result, const Trace& trace, bool colour,
                           int columns);

}  // namespace vedette
