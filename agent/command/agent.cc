#include "command/agent.h"

#include <sys/prctl.h>

#include <future>

#include "command/alarms_endpoint.h"
#include "command/own_numbers.h"
#include "command/pages.h"
#include "page/alarms_json.h"
#include "page/metrics.h"

namespace vedette {

namespace {
// What is left to be told at the end may take so long.
constexpr Duration kLastWord = seconds(1);
}  // namespace

Agent::Agent(const RunOptions& options, Log log)
    : options_(options),
      log_(std::move(log)),
      notifier_(net_, log_),
      alarms_(loop_, notifier_, options.external_url, log_),
      scheduler_(
          net_, [this](const Job& job, const ProbeResult& result) { on_result(job, result); },
          [this](const Job& job) { board_.count_skip(job); }),
      configuration_(options.config_file, log_,
                     [this](std::shared_ptr<Orders> orders) { return apply(std::move(orders)); }),
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
                             log_numbers(log_),
                             loop_.own_metrics(),
                             scheduler_.own_metrics(),
                             configuration_.own_metrics(),
                             notifier_.own_metrics(),
                             [this](std::vector<OwnFamily>& families) {
                               if (auto kept = store()) kept->own_metrics()(families);
                             },
                             probe_endpoint_.own_metrics()};
  own_.put(std::make_shared<const std::vector<OwnSource>>(own));
  ServeOptions serve;
  serve.listen = options_.listen;
  serve.inherited = std::move(sockets);
  serve.rules = *rules;
  serve.route_prefix = options_.route_prefix;
  auto server = Server::start(serve, routes(),
                              Route{"", [this](const WebRequest& request) { return other_page(request); }}, log_);
  if (!server) {
    stop();
    return server.error();
  }
  server_ = *std::move(server);
  own.push_back(server_->own_metrics());
  own_.put(std::make_shared<const std::vector<OwnSource>>(std::move(own)));
  loop_.post([this] {
    scheduler_.start();
    notifier_.start();
    alarms_.start();
  });
  ready_ = true;
  for (const std::string& address : server_->addresses()) log_.info("listening", {{"address", address}});
  return {};
}

void Agent::stop() {
  ready_ = false;
  const Time end = now() + options_.grace;
  probe_endpoint_.close();
  configuration_.close();
  auto idle = std::make_shared<std::promise<void>>();
  auto landed = idle->get_future();
  loop_.post([this, idle] {
    alarms_.pause();
    scheduler_.close([idle] { idle->set_value(); });
  });
  if (landed.wait_until(end) != std::future_status::ready) log_.warn("the grace period ended before all runs did");
  probe_endpoint_.finish(end);
  close_alarms();
  if (server_) server_->stop(milliseconds(500));
  loop_.stop();
  thread_.join();
}

std::shared_ptr<Store> Agent::store() const {
  return store_.with([](const auto& kept) { return kept; });
}

// A database may take seconds to answer, and there are few workers for everything else.
WebResponse Agent::ask(const WebRequest& request, Store& kept) {
  constexpr int kMostAtOnce = 4;
  struct Place {
    std::atomic<int>& taken;
    const int before = taken.fetch_add(1);
    ~Place() { taken.fetch_sub(1); }
  } place{asking_};
  if (place.before < kMostAtOnce) return alarms_page(request, kept);
  WebResponse busy;
  busy.status = 503;
  busy.type = "application/json";
  busy.headers.emplace_back("Retry-After", "1");
  busy.body = alarms_error_json("unavailable", "too many ask the store at one time");
  return busy;
}

// What changed last is told and kept, so that the next life goes on from here.
void Agent::close_alarms() {
  auto told = std::make_shared<std::promise<void>>();
  auto done = told->get_future();
  loop_.post([this, told] {
    alarms_.close();
    loop_.spawn(tell_last(told), now() + kLastWord);
  });
  static_cast<void>(done.wait_for(2 * kLastWord));
}

Task<void> Agent::tell_last(std::shared_ptr<std::promise<void>> told) {
  co_await notifier_.flush(now() + kLastWord);
  told->set_value();
}

// What has been kept is loaded before the first alarm is judged. A store that is named and cannot be used is an error;
// without a name alarms go on without one.
Result<std::shared_ptr<Store>> Agent::open_store(const Orders& orders) {
  if (store() || !orders.store) {
    if (store() && orders.store && orders.store->url != store_url_)
      log_.warn("another store is used from the next start on", {{"store", shown_store_url(orders.store->url)}});
    return std::shared_ptr<Store>();
  }
  auto opened = Store::open(*orders.store, log_);
  if (!opened && orders.store_chosen) return opened.error();
  if (!opened) {
    log_.warn("alarms will not outlive the agent: no store", {{"why", opened.error().message}});
    StoreOptions memory = *orders.store;
    memory.url = "memory:";
    opened = Store::open(memory, log_);
    if (!opened) return opened.error();
  }
  store_url_ = orders.store->url;
  log_.info("store in use", {{"store", shown_store_url(store_url_)}});
  return std::shared_ptr<Store>(*std::move(opened));
}

// Orders are in force from one turn of the loop to the next, for all parts together.
Result<void> Agent::apply(std::shared_ptr<Orders> orders) {
  auto opened = open_store(*orders);
  if (!opened) return opened.error();
  std::shared_ptr<Store> fresh = *opened;
  std::vector<SavedAlarm> saved;
  if (fresh) {
    if (auto loaded = fresh->load()) {
      saved = *std::move(loaded);
    } else {
      log_.warn("what was known of the alarms cannot be read; they begin anew", {{"why", loaded.error().message}});
    }
    store_.with([&](auto& kept) { kept = fresh; });
  }
  std::promise<void> done;
  auto applied = done.get_future();
  loop_.post([&] {
    scheduler_.replace(orders->plan);
    board_.replace(orders->plan);
    notifier_.replace(std::move(orders->alertmanagers));
    if (fresh) alarms_.use(fresh);
    alarms_.replace(orders->plan);
    if (fresh) alarms_.restore(saved);
    done.set_value();
  });
  applied.wait();
  return {};
}

void Agent::on_result(const Job& job, const ProbeResult& result) {
  auto change = board_.record(job, result);
  alarms_.record(job, result);
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
    Duration down =
        std::max(std::chrono::round<seconds>(result.at - change->since), seconds(0));  // the clock may be set
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
    alarms_.append_to(snapshot);
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

// As with blackbox_exporter every path leads somewhere, but a program that asks for the wrong one must notice.
WebResponse Agent::other_page(const WebRequest& request) const {
  if (!request.path.starts_with("/api/")) return front_page(board_.snapshot());
  WebResponse missing;
  missing.status = 404;
  missing.type = "application/json";
  missing.body = alarms_error_json("not_found", "there is no such path; /api/v1/alarms is one");
  return missing;
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
  routes.push_back({"/api/v1/alarms", [this, text](const WebRequest& request) {
                      auto kept = store();
                      if (kept) return ask(request, *kept);
                      WebResponse nothing = text(200, alarms_json({}));
                      nothing.type = "application/json";
                      return nothing;
                    }});
  routes.push_back({"/-/healthy", [text](const WebRequest&) { return text(200, "Healthy"); }});
  routes.push_back({"/-/ready", [this, text](const WebRequest&) {
                      return ready_ ? text(200, "Ready") : text(503, "Not ready: starting or stopping");
                    }});
  routes.push_back({"/config", [this, text](const WebRequest&) { return text(200, configuration_.current()->shown); }});
  routes.push_back({"/-/reload", [this, text](const WebRequest& request) {
                      if (request.method != "POST") return text(405, "This endpoint requires a POST request.\n");
                      auto result = configuration_.reload_unless_busy();
                      if (!result) return text(503, "a reload is under way and another one waits\n");
                      return *result ? text(200, "")
                                     : text(500, "failed to reload config: " + result->error().message + "\n");
                    }});
  return routes;
}

}  // namespace vedette
