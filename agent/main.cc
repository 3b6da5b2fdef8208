// vedette: watches sites, tells Prometheus. This file only hands over; agent/README.md is the map.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "base/memory.h"
#include "command/cli.h"
#include "command/commands.h"

namespace {

/// A standard stream that is closed would be the next file or socket that is opened, and messages would go there.
void open_missing_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) static_cast<void>(open("/dev/null", O_RDWR));  // becomes the lowest that is free
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vedette;
  open_missing_streams();
  // A write to a connection that the other side has closed is an error value, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  tune_allocator();

  Command command = parse_command_line(argc, argv);
  if (auto* run = std::get_if<RunOptions>(&command)) return after_output(run_command(*run));
  if (auto* check = std::get_if<CheckOptions>(&command)) return after_output(check_command(*check));
  if (auto* probe = std::get_if<ProbeOptions>(&command)) return after_output(probe_command(*probe));
  if (auto* alarms = std::get_if<AlarmsOptions>(&command)) return after_output(alarms_command(*alarms));
  if (auto* exit = std::get_if<Exit>(&command)) return after_output(exit->code);
  return 2;
}
