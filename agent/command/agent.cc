#include "command/agent.h"

#include <sys/prctl.h>

#include <future>

#include "command/own_numbers.h"
#include "command/pages.h"
#include "page/metrics.h"

namespace vedette {

Agent::Agent(const RunOptions& options, Log log)
    : options_(options),
      log_(std::move(log)),
      scheduler_(
          net_, [this](const Job& job, const ProbeResult& result) { on_result(job, result); },
          [this](const Job& job) { board_.count_skip(job); }),
      configuration_(options.config_file, log_, [this](std::shared_ptr<Plan> plan) { apply(std::move(plan)); }),
      probe_endpoint_(loop_, net_, configuration_, options.timeout_offset, options.prober_level, log_) {}

Agent::~Agent() {
  if (thread_.joinable()) stop();
}

/// None without --web.config.file. Every problem is logged.
Result<std::shared_ptr<WebRules>> Agent::load_web_rules() const {
  if (options_.web_config.empty()) return std::shared_ptr<WebRules>();
  LoadedWebConfig loaded = load_web_config(options_.web_config);
  for (const Problem& problem : loaded.problems) log_.error("configuration problem", {{"at", problem.text()}});
  if (!loaded.problems.empty()) return Error{"the web configuration has problems"};
  return std::make_shared<WebRules>(options_.web_config, std::move(loaded), log_);
}

Result<void> Agent::start(std::vector<int> sockets) {
  loop_.on_escape = [this](std::exception_ptr) { log_.error("a task ended by an exception"); };
  thread_ = std::thread([this] {
    prctl(PR_SET_NAME, "probing");
    loop_.run();
  });
  auto rules = load_web_rules();
  if (auto loaded = configuration_.reload(); !loaded || !rules) {
    stop();
    return Error{"the configuration cannot be used; nothing was started"};
  }
  std::vector<OwnSource> own{build_info(),
                             process_numbers(),
                             loop_.own_metrics(),
                             scheduler_.own_metrics(),
                             configuration_.own_metrics(),
                             probe_endpoint_.own_metrics()};
  own_.put(std::make_shared<const std::vector<OwnSource>>(own));
  ServeOptions serve;
  serve.listen = options_.listen;
  serve.inherited = std::move(sockets);
  serve.rules = *rules;
  serve.route_prefix = options_.route_prefix;
  auto server = Server::start(serve, routes(),
                              Route{"", [this](const WebRequest&) { return front_page(board_.snapshot()); }}, log_);
  if (!server) {
    stop();
    return server.error();
  }
  server_ = *std::move(server);
  own.push_back(server_->own_metrics());
  own_.put(std::make_shared<const std::vector<OwnSource>>(std::move(own)));
  loop_.post([this] { scheduler_.start(); });
  ready_ = true;
  for (const std::string& address : server_->addresses()) log_.info("listening", {{"address", address}});
  return {};
}

void Agent::stop() {
  ready_ = false;
  auto idle = std::make_shared<std::promise<void>>();
  auto landed = idle->get_future();
  loop_.post([this, idle] { scheduler_.close([idle] { idle->set_value(); }); });
  if (landed.wait_for(options_.grace) != std::future_status::ready)
    log_.warn("the grace period ended before all runs did");
  if (server_) server_->stop(milliseconds(500));
  loop_.stop();
  thread_.join();
}

// A plan is in force from one turn of the loop to the next, for scheduler and board together.
void Agent::apply(std::shared_ptr<Plan> plan) {
  std::promise<void> done;
  auto applied = done.get_future();
  loop_.post([&] {
    scheduler_.replace(*plan);
    board_.replace(*plan);
    done.set_value();
  });
  applied.wait();
}

void Agent::on_result(const Job& job, const ProbeResult& result) {
  auto change = board_.record(job, result);
  if (log_.writes(Level::debug)) {
    log_.debug("probed", {{"target", job.target.name},
                          {"up", result.up() ? "true" : "false"},
                          {"seconds", std::to_string(to_seconds(result.elapsed))}});
  }
  if (!change) return;
  if (result.failure) {
    const Failure& failure = *result.failure;
    const char* message = failure.phase == Phase::agent ? "target cannot be probed"
                          : change->before              ? "target is down for another reason"
                                                        : "target is down";
    log_.warn(message, {{"target", job.target.name},
                        {"phase", std::string(phase_name(failure.phase))},
                        {"reason", std::string(reason_name(failure.reason))},
                        {"why", failure.sentence}});
  } else if (change->first) {
    log_.debug("target is up", {{"target", job.target.name}});
  } else {
    Duration down = std::chrono::round<seconds>(result.at - change->since);
    log_.info("target is up again", {{"target", job.target.name}, {"after", format_duration(down)}});
  }
}

std::vector<OwnFamily> Agent::own_families() const {
  std::vector<OwnFamily> families;
  auto sources = own_.get();
  for (const OwnSource& source : *sources) source(families);
  return families;
}

WebResponse Agent::metrics(const WebRequest& request) {
  Exposition exposition = choose_exposition(request.header("Accept"));
  bool zip = accepts_gzip(request.header("Accept-Encoding"));
  WebResponse response;
  response.type = content_type(exposition);
  if (zip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  response.stream = [this, exposition, zip](const WebWrite& write) {
    Snapshot snapshot = board_.snapshot();
    std::vector<OwnFamily> own = own_families();
    if (!zip) {
      write_metrics(snapshot, own, exposition, write);
      return;
    }
    GzipSink gzip(write);
    write_metrics(snapshot, own, exposition, [&](std::string_view piece) { return gzip.write(piece); });
    gzip.finish();
  };
  return response;
}

std::vector<Route> Agent::routes() {
  auto text = [](int status, std::string body) {
    WebResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
  };
  std::vector<Route> routes;
  routes.push_back({"/metrics", [this](const WebRequest& request) { return metrics(request); }});
  routes.push_back({"/probe", [this](const WebRequest& request) { return probe_endpoint_.answer(request); }});
  routes.push_back({"/-/healthy", [text](const WebRequest&) { return text(200, "Healthy"); }});
  routes.push_back({"/-/ready", [this, text](const WebRequest&) {
                      return ready_ ? text(200, "Ready") : text(503, "Not ready: starting or stopping");
                    }});
  routes.push_back({"/config", [this, text](const WebRequest&) { return text(200, configuration_.current()->shown); }});
  routes.push_back({"/-/reload", [this, text](const WebRequest& request) {
                      if (request.method != "POST") return text(405, "This endpoint requires a POST request.\n");
                      auto result = configuration_.reload();
                      return result ? text(200, "")
                                    : text(500, "failed to reload config: " + result.error().message + "\n");
                    }});
  return routes;
}

}  // namespace vedette
