#pragma once
// One function a subcommand; each returns the exit code.

#include "command/cli.h"

namespace vedette {

int run_command(const RunOptions& options);
int check_command(const CheckOptions& options);
/// 0: up, 1: down, 2: usage.
int probe_command(const ProbeOptions& options);
/// 1 when the store cannot be read.
int alarms_command(const AlarmsOptions& options);

/// Last of all: the code again, or 2 and a message when standard output could not be written.
int after_output(int code);

}  // namespace vedette
