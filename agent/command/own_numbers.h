#pragma once

#include "base/log.h"
#include "model/own.h"

namespace vedette {

/// vedette_build_info, and blackbox_exporter's for dashboards that ask for it.
OwnSource build_info();
/// process_*: what the agent costs, by the names every Prometheus client uses.
OwnSource process_numbers();
/// Lines of the log that were lost.
OwnSource log_numbers(const Log& log);

}  // namespace vedette
