#pragma once
// One function a subcommand; each returns the exit code.

#include "command/cli.h"

namespace vedette {

int run_command(const RunOptions& options);
int check_command(const CheckOptions& options);
/// 0: up, 1: down, 2: usage.
int probe_command(const ProbeOptions& options);

}  // namespace vedette
