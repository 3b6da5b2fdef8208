#pragma once
// The command line (CLI11's door): what was asked for, checked.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "model/alarm_log.h"

namespace vedette {

/// blackbox_exporter's flags with its meanings, and our own.
struct RunOptions {
  std::string config_file;
  bool check_only = false;
  bool auto_reload = false;
  std::uint32_t auto_reload_seconds = 30;
  double timeout_offset = 0.5;
  std::vector<std::string> listen;
  bool systemd_socket = false;
  std::string web_config;  // empty: plain HTTP for everybody
  std::string route_prefix, external_url;
  Duration grace = seconds(10);
  Level level = Level::info;
  Level prober_level = Level::info;
  Log::Format format = Log::Format::logfmt;
};

struct CheckOptions {
  std::string file;
  std::string web_config;  // empty: none
};

struct ProbeOptions {
  std::string target;
  std::string module;
  std::string config_file;  // empty: the built-in http_2xx alone
  Duration timeout{};       // zero: the target's, else the module's, else 10 s
  bool json = false;
  enum class Colour { automatic, always, never } colour = Colour::automatic;
};

struct AlarmsOptions {
  std::string config_file;  // whose store to read
  std::string store;        // or this one
  TransitionQuery query;    // a limit of 0 means all
  enum class Format { table, json, csv } format = Format::table;
};

/// Nothing more to do: help or version was printed, or the usage was wrong.
struct Exit {
  int code;
};

using Command = std::variant<RunOptions, CheckOptions, ProbeOptions, AlarmsOptions, Exit>;

Command parse_command_line(int argc, char** argv);

}  // namespace vedette
