// vedette: watches sites, tells Prometheus. This file only hands over; agent/README.md is the map.

#include <csignal>

#include "base/memory.h"
#include "command/cli.h"
#include "command/commands.h"

int main(int argc, char** argv) {
  using namespace vedette;
  // A write to a connection that the other side has closed is an error value, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  tune_allocator();

  Command command = parse_command_line(argc, argv);
  if (auto* run = std::get_if<RunOptions>(&command)) return run_command(*run);
  if (auto* check = std::get_if<CheckOptions>(&command)) return check_command(*check);
  if (auto* probe = std::get_if<ProbeOptions>(&command)) return probe_command(*probe);
  if (auto* exit = std::get_if<Exit>(&command)) return exit->code;
  return 2;
}
