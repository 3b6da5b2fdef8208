#include "command/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"

namespace vedette {
namespace {

struct Words {
  RunOptions run;
  std::string level = "info", prober_level = "info", format = "logfmt";
  std::string grace = "10s", external_url;
  std::uint32_t history = 100;
};

// blackbox_exporter's parser knows --no-x for every switch x.
void add_switch(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
  app.add_flag("--" + name + ",!--no-" + name, value, help);
}

void add_run_options(CLI::App& app, Words& words) {
  RunOptions& run = words.run;
  app.add_option("--config.file", run.config_file, "What to watch (default: vedette.yml, else blackbox.yml)");
  add_switch(app, "config.check", run.check_only, "Check the configuration and exit");
  add_switch(app, "config.enable-auto-reload", run.auto_reload, "Reload when a configuration file changes");
  app.add_option("--config.auto-reload-interval", run.auto_reload_seconds, "Seconds between looks at the files")
      ->check(CLI::Range(1u, 86400u));
  app.add_option("--timeout-offset", run.timeout_offset, "Seconds to subtract from a scrape's timeout for /probe");
  app.add_option("--history.limit", words.history, "Accepted without effect: no results of /probe are kept");
  app.add_option("--log.level", words.level, "debug, info, warn or error");
  app.add_option("--log.prober", words.prober_level, "The same for single runs of /probe");
  app.add_option("--log.format", words.format, "logfmt or json")->check(CLI::IsMember({"logfmt", "json"}));
  app.add_option("--web.listen-address", run.listen, "Where to serve, repeatable (default :9115)")->take_all();
  add_switch(app, "web.systemd-socket", run.systemd_socket, "Serve on the sockets of a systemd socket unit instead");
  app.add_option("--web.config.file", run.web_config, "TLS, users, headers and a limit for the web side");
  app.add_option("--web.external-url", words.external_url, "The URL under which others reach the agent");
  app.add_option("--web.route-prefix", run.route_prefix,
                 "Prefix of all paths (default: the path of --web.external-url)");
  app.add_option("--shutdown.grace", words.grace, "How long runs under way may take to end at a stop");
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
  if (run.route_prefix.empty() && !words.external_url.empty()) {
    auto host = words.external_url.find("://");
    auto path = words.external_url.find('/', host == std::string::npos ? 0 : host + 3);
    if (path != std::string::npos) run.route_prefix = words.external_url.substr(path);
  }
  while (!run.route_prefix.empty() && run.route_prefix.back() == '/') run.route_prefix.pop_back();
  if (!run.route_prefix.empty() && run.route_prefix.front() != '/') run.route_prefix.insert(0, "/");
  if (run.config_file.empty())
    run.config_file =
        access("vedette.yml", F_OK) != 0 && access("blackbox.yml", F_OK) == 0 ? "blackbox.yml" : "vedette.yml";
  return {};
}

Exit usage(const std::string& message) {
  std::cerr << "vedette: " << message << "\nTry 'vedette --help'.\n";
  return {2};
}

Command finish_probe(ProbeOptions probe, const std::string& timeout, const std::string& colour) {
  auto parsed = timeout.empty() ? Result<Duration>(Duration{}) : parse_duration(timeout);
  if (!parsed) return usage("--timeout: " + parsed.error().message);
  auto scheme = probe.target.find("://");
  if (scheme != std::string::npos && scheme < 16) {
    std::string word = to_lower(probe.target.substr(0, scheme));
    if (word != "http" && word != "https") return usage("cannot probe \"" + word + "\" URLs: http and https are");
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
      "Without a command it runs, with blackbox_exporter's flags."};
  app.set_version_flag("--version", "vedette " VEDETTE_VERSION);
  Words words;
  CheckOptions check;
  ProbeOptions probe;
  std::string timeout, colour = "auto";
  add_run_options(app, words);
  app.add_subcommand("run", "Watch the targets and serve /metrics (the default)")->fallthrough();
  auto* checking =
      app.add_subcommand("check", "Print everything that is wrong with a configuration, as file:line: path: rule");
  checking->add_option("file", check.file, "The configuration")->required();
  checking->add_option("--web.config.file", check.web_config, "And the configuration of the web side");
  auto* probing = app.add_subcommand("probe", "Probe once and show where the time went");
  probing->add_option("target", probe.target, "A URL")->required();
  probing->add_option("--module,-m", probe.module, "How to probe (default http_2xx)");
  probing->add_option("--config,-c,--config.file", probe.config_file, "Where the module is defined");
  probing->add_option("--timeout,-t", timeout,
                      "How long it may take, as 500ms or 10s (default: the module's, else 10s)");
  probing->add_flag("--json", probe.json, "For scripts");
  probing->add_option("--colour,--color", colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Exit{app.exit(error) == 0 ? 0 : 2};
  }
  if (checking->parsed()) return check;
  if (probing->parsed()) return finish_probe(std::move(probe), timeout, colour);
  std::string mistake = finish_run(words);
  if (!mistake.empty()) return usage(mistake);
  return words.run;
}

}  // namespace vedette
