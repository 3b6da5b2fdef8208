#include "command/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"
#include "command/alarms_words.h"

namespace vedette {
namespace {

struct Words {
  RunOptions run;
  std::string level = "info", prober_level = "info", format = "logfmt";
  std::string grace = "10s", external_url;
  std::uint32_t history = 100;
};

struct ProbeWords {
  ProbeOptions probe;
  std::string timeout, colour = "auto";
};

// blackbox_exporter's parser knows --no-x for every switch x.
void add_switch(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
  app.add_flag("--" + name, value, help);
  app.add_flag("!--no-" + name, value)->group("");  // not shown: the footer says it once
}

/// They may stand before `run`, behind it or without it; only behind it are they `shown` in the help.
void add_run_options(CLI::App& app, Words& words, bool shown) {
  RunOptions& run = words.run;
  const std::string usual = app.option_defaults()->get_group();
  const auto group = [&](const char* name) { app.option_defaults()->group(shown ? name : ""); };
  group("Configuration");
  app.add_option("--config.file", run.config_file, "What to watch (default: vedette.yml, else blackbox.yml)")
      ->type_name("FILE");
  add_switch(app, "config.check", run.check_only, "Check the configuration and exit");
  add_switch(app, "config.enable-auto-reload", run.auto_reload, "Reload when a configuration file changes");
  app.add_option("--config.auto-reload-interval", run.auto_reload_seconds,
                 "How often to look at the files (default 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1u, 86400u).description(""));
  group("Probes");
  app.add_option("--timeout-offset", run.timeout_offset, "What /probe leaves of a scrape's timeout (default 0.5)")
      ->type_name("SECONDS");
  app.add_option("--history.limit", words.history, "Accepted without effect: no results of /probe are kept")
      ->type_name("COUNT");
  app.add_option("--shutdown.grace", words.grace, "How long runs may take to end at a stop (default 10s)")
      ->type_name("TIME");
  group("Log");
  app.add_option("--log.level", words.level, "debug, info, warn or error (default info)")->type_name("LEVEL");
  app.add_option("--log.prober", words.prober_level, "The same for single runs of /probe")->type_name("LEVEL");
  app.add_option("--log.format", words.format, "logfmt or json (default logfmt)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"logfmt", "json"}).description(""));
  group("Web");
  app.add_option("--web.listen-address", run.listen, "Where to serve, repeatable (default :9115)")
      ->type_name("ADDRESS")
      ->take_all();
  add_switch(app, "web.systemd-socket", run.systemd_socket, "Serve on the sockets of a systemd socket unit instead");
  app.add_option("--web.config.file", run.web_config, "TLS, users, headers and a limit for the web side")
      ->type_name("FILE");
  app.add_option("--web.external-url", words.external_url, "The URL under which others reach the agent")
      ->type_name("URL");
  app.add_option("--web.route-prefix", run.route_prefix,
                 "Prefix of all paths (default: the path of --web.external-url)")
      ->type_name("PATH");
  app.option_defaults()->group(usual);
}

std::string default_config() {
  return access("vedette.yml", F_OK) != 0 && access("blackbox.yml", F_OK) == 0 ? "blackbox.yml" : "vedette.yml";
}

// What the library could not check by itself; the text of the first mistake, or nothing.
std::string finish_run(Words& words) {
  RunOptions& run = words.run;
  auto level = parse_level(words.level), prober = parse_level(words.prober_level);
  if (!level) return "--log.level: " + level.error().message;
  if (!prober) return "--log.prober: " + prober.error().message;
  run.level = *level;
  run.prober_level = *prober;
  run.format = words.format == "json" ? Log::Format::json : Log::Format::logfmt;
  auto grace = parse_duration(words.grace);
  if (!grace) return "--shutdown.grace: " + grace.error().message;
  run.grace = *grace;
  if (run.listen.empty()) run.listen = {":9115"};
  if (words.external_url.find("://") != std::string::npos) run.external_url = words.external_url;
  if (run.route_prefix.empty() && !words.external_url.empty()) {
    auto host = words.external_url.find("://");
    auto path = words.external_url.find('/', host == std::string::npos ? 0 : host + 3);
    if (path != std::string::npos) run.route_prefix = words.external_url.substr(path);
  }
  while (!run.route_prefix.empty() && run.route_prefix.back() == '/') run.route_prefix.pop_back();
  if (!run.route_prefix.empty() && run.route_prefix.front() != '/') run.route_prefix.insert(0, "/");
  if (run.config_file.empty()) run.config_file = default_config();
  return {};
}

/// The help of that command has the flag that was wrong.
Exit usage(const char* command, const std::string& message) {
  std::cerr << "vedette: " << message << "\nTry 'vedette " << command << " --help'.\n";
  return {2};
}

/// What stands before `check` counts as if it stood behind it, as for `run`.
CheckOptions finish_check(CheckOptions check, const RunOptions& before) {
  if (check.file.empty()) check.file = before.config_file.empty() ? default_config() : before.config_file;
  if (check.web_config.empty()) check.web_config = before.web_config;
  return check;
}

void add_probe_options(CLI::App& app, ProbeWords& words) {
  ProbeOptions& probe = words.probe;
  app.add_option("target", probe.target, "A URL, or the name of a target in the file given with --config")->required();
  app.add_option("--module,-m", probe.module, "How to probe (default: the target's, else http_2xx)")->type_name("NAME");
  app.add_option("--config,-c,--config.file", probe.config_file, "Where modules and targets are defined")
      ->type_name("FILE");
  app.add_option("--timeout,-t", words.timeout,
                 "How long it may take, as 500ms or 10s (default: the target's, else the module's, else 10s)")
      ->type_name("TIME");
  app.add_flag("--json", probe.json, "For scripts");
  app.add_option("--colour,--color", words.colour, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""));
}

Command finish_probe(ProbeWords words) {
  ProbeOptions probe = std::move(words.probe);
  const std::string &timeout = words.timeout, &colour = words.colour;
  auto parsed = timeout.empty() ? Result<Duration>(Duration{}) : parse_duration(timeout);
  if (!parsed) return usage("probe", "--timeout: " + parsed.error().message);
  auto scheme = probe.target.find("://");
  if (scheme != std::string::npos && scheme < 16) {
    std::string word = to_lower(probe.target.substr(0, scheme));
    if (word != "http" && word != "https")
      return usage("probe", "cannot probe \"" + word + "\" URLs: http and https are");
  }
  probe.timeout = *parsed;
  if (colour == "always") probe.colour = ProbeOptions::Colour::always;
  if (colour == "never") probe.colour = ProbeOptions::Colour::never;
  return probe;
}

}  // namespace

Command parse_command_line(int argc, char** argv) {
  CLI::App app{
      "vedette watches sites and tells Prometheus.\n"
      "Without a command it runs, with blackbox_exporter's flags: 'vedette run --help' shows them."};
  app.get_formatter()->column_width(45);
  app.set_version_flag("--version", "vedette " VEDETTE_VERSION);
  Words words;
  CheckOptions check;
  ProbeWords asked;
  add_run_options(app, words, false);
  auto* running = app.add_subcommand("run", "Watch the targets and serve /metrics (the default)")->fallthrough();
  add_run_options(*running, words, true);
  running->footer("A switch is negated by --no-, as in --no-config.check.");
  auto* checking =
      app.add_subcommand("check", "Print everything that is wrong with a configuration, as file:line: path: rule");
  checking->add_option("file,--config.file", check.file, "The configuration (default: vedette.yml, else blackbox.yml)")
      ->type_name("FILE");
  checking->add_option("--web.config.file", check.web_config, "And the configuration of the web side")
      ->type_name("FILE");
  add_probe_options(*app.add_subcommand("probe", "Probe once and show where the time went"), asked);
  AlarmsWords history;
  auto* alarms = app.add_subcommand("alarms", "What the alarms did: see 'vedette alarms list --help'");
  auto* listing = alarms->add_subcommand("list", "Show changes of alarms, the newest first");
  add_alarms_options(*listing, history);
  alarms->require_subcommand(1);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Exit{app.exit(error) == 0 ? 0 : 2};
  }
  if (checking->parsed()) return finish_check(std::move(check), words.run);
  if (app.got_subcommand("probe")) return finish_probe(std::move(asked));
  if (listing->parsed()) {
    auto finished = finish_alarms(std::move(history));
    return finished ? Command(*std::move(finished)) : usage("alarms list", finished.error().message);
  }
  std::string mistake = finish_run(words);
  if (!mistake.empty()) return usage("run", mistake);
  return words.run;
}

}  // namespace vedette
