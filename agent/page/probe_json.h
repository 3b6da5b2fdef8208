#pragma once

#include <string>

#include "model/probe_result.h"

namespace vedette {

/// One run for scripts: verdict, numbers by metric name, and every step with its phases and facts.
std::string probe_json(const std::string& target, const std::string& module, const ProbeResult& result,
                       const Trace& trace);

}  // namespace vedette
