// `vedette run`: start, then wait for signals. SIGHUP reloads, SIGTERM and SIGINT end, a second one at once.

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <thread>

#include "command/agent.h"
#include "command/commands.h"
#include "serve/sockets.h"

namespace vedette {
namespace {

// Every flight needs a descriptor; the default of 1024 is too few for a big list.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&signals, signal);
  return signals;
}

// Waits for the next signal, or for the time to look at the files; 0 means the latter.
int next_signal(const sigset_t& signals, const RunOptions& options) {
  if (!options.auto_reload) {
    int signal = 0;
    sigwait(&signals, &signal);
    return signal;
  }
  timespec nap{static_cast<time_t>(options.auto_reload_seconds), 0};
  int signal = sigtimedwait(&signals, nullptr, &nap);
  return signal > 0 ? signal : 0;
}

const char* name_of(int signal) { return signal == SIGTERM ? "SIGTERM" : "SIGINT"; }

// While the agent drains: whoever asks a second time means now.
void end_at_second_signal(const Log& log, const std::stop_token& drained) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  const timespec nap{0, 50'000'000};
  while (!drained.stop_requested()) {
    const int signal = sigtimedwait(&signals, nullptr, &nap);
    if (signal <= 0) continue;
    log.warn("ended at once by a second signal, runs under way are cut off", {{"signal", name_of(signal)}});
    _exit(1);
  }
}

void serve_until_ended(Agent& agent, const RunOptions& options, const Log& log, const sigset_t& signals) {
  while (true) {
    int signal = next_signal(signals, options);
    if (signal == SIGTERM || signal == SIGINT) {
      log.info("ending", {{"signal", name_of(signal)}});
      return;
    }
    if (signal == SIGHUP || agent.configuration().changed()) static_cast<void>(agent.configuration().reload());
  }
}

}  // namespace

int run_command(const RunOptions& options) {
  Log log(options.level, options.format);
  if (options.check_only) {
    int code = check_command({options.config_file, options.web_config});
    if (code == 0) log.info("Config file is ok exiting...");
    return code;
  }
  raise_descriptor_limit();
  // Before any thread starts, so that all of them leave these to us.
  sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  log.info("vedette starts", {{"version", VEDETTE_VERSION}, {"config", options.config_file}});
  std::vector<int> sockets;
  if (options.systemd_socket) {  // likewise before any thread: it changes the environment
    auto taken = take_systemd_sockets();
    if (!taken) {
      log.error("cannot start", {{"why", "--web.systemd-socket: " + taken.error().message}});
      return 1;
    }
    sockets = *std::move(taken);
  }
  Agent agent(options, log);
  if (auto started = agent.start(std::move(sockets)); !started) {
    log.error("cannot start", {{"why", started.error().message}});
    return 1;
  }
  serve_until_ended(agent, options, log, signals);
  {
    std::jthread watch([&](const std::stop_token& drained) { end_at_second_signal(log, drained); });
    agent.stop();
  }
  log.info("ended");
  return 0;
}

}  // namespace vedette
