#include "command/probe_endpoint.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "net/url.h"
#include "page/metrics.h"

namespace vedette {
namespace {

constexpr double kMostScrape = 600;          // seconds; Prometheus waits ten by default
constexpr milliseconds kMostForWorker{200};  // what lasts longer is answered later, since others need the worker

WebResponse refusal(int status, std::string text) {
  WebResponse response;
  response.status = status;
  response.body = std::move(text) + "\n";
  return response;
}

WebResponse no_run(AskedRuns::Ended why) {
  const char* text = why == AskedRuns::Ended::crowded ? "too many probes at one time"
                     : why == AskedRuns::Ended::gone  ? "the client has gone"
                                                      : "the agent is stopping";
  WebResponse response = refusal(503, text);
  if (why == AskedRuns::Ended::crowded) response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::string debug_page(const Trace& trace, const ProbeResult& result, const std::string& metrics,
                       const std::string& module) {
  std::string page = "Logs for the probe:\n";
  for (const std::string& line : trace.lines) page += line + "\n";
  if (result.failure) {
    page += "down in phase " + std::string(phase_name(result.failure->phase)) + ", reason " +
            std::string(reason_name(result.failure->reason)) + ": " + result.failure->sentence + "\n";
  }
  return page + "\n\n\nMetrics that would have been returned:\n" + metrics + "\n\n\nModule configuration:\n" + module;
}

}  // namespace

static void zip(WebResponse& response) {
  std::string zipped;
  GzipSink gzip([&](std::string_view piece) {
    zipped.append(piece);
    return true;
  });
  if (!gzip.write(response.body) || !gzip.finish()) return;
  response.body = std::move(zipped);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

double ProbeEndpoint::timeout_seconds(double scrape, double offset, double module) {
  double most = (scrape == 0 ? 120 : scrape) - offset;
  if ((module > 0 && module < most) || most < 0) return module;
  return most;
}

/// Zero when it is absent. The error has the code to answer with.
ProbeEndpoint::ScrapeTimeout ProbeEndpoint::scrape_timeout(const WebRequest& request) {
  std::string text(request.header("X-Prometheus-Scrape-Timeout-Seconds"));
  if (text.empty()) return {};
  char* end = nullptr;
  double seconds_given = std::strtod(text.c_str(), &end);
  constexpr const char* kFailed = "Failed to parse timeout from Prometheus header: ";
  if (*end != 0) return {0, refusal(500, kFailed + ("not a number: " + in_quotes(text)))};
  if (!std::isfinite(seconds_given) || seconds_given < 0)
    return {0, refusal(400, kFailed + ("not a time to wait: " + in_quotes(text)))};
  return {std::min(seconds_given, kMostScrape), {}};
}

WebResponse ProbeEndpoint::answer(const WebRequest& request) {
  auto current = configuration_.current();
  std::string name = request.parameter("module");
  if (name.empty()) name = "http_2xx";
  auto module = current->modules.find(name);
  if (module == current->modules.end()) {
    unknown_modules_->add();
    return refusal(400, "Unknown module " + in_quotes(name));
  }
  auto scrape = scrape_timeout(request);
  if (scrape.refused) return *scrape.refused;
  Target target;
  target.address = request.parameter("target");
  if (target.address.empty()) return refusal(400, "Target parameter is missing");
  // What is still encoded as a whole is decoded once more, as blackbox_exporter does; escapes within a URL are its own.
  if (target.address.find('/') == std::string::npos && target.address.find('%') != std::string::npos) {
    target.address = query_decode(target.address).value_or(target.address);
  }
  target.module = name;
  target.hostname = request.parameter("hostname");
  std::string demanded = module->second.recipe->demanded_host();
  if (!target.hostname.empty() && !demanded.empty() && demanded != target.hostname) {
    return refusal(400, "host header defined both in module configuration (" + demanded +
                            ") and with URL-parameter 'hostname' (" + target.hostname + ")");
  }
  double limit = timeout_seconds(scrape.seconds, offset_, to_seconds(module->second.timeout));
  return probe(module->second, target, from_seconds(std::min(std::max(limit, 0.0), 86400.0)), request);
}

// `--log.prober=debug`: what a run found out, line by line, whatever the level of the agent's own log.
void ProbeEndpoint::tell(const Trace& trace, const Target& target, const ProbeResult& result) const {
  for (const std::string& line : trace.lines)
    log_.info(line, {{"module", target.module}, {"target", without_credentials(target.address)}});
  log_.info("probe ended", {{"module", target.module},
                            {"target", without_credentials(target.address)},
                            {"up", result.up() ? "true" : "false"},
                            {"seconds", std::to_string(to_seconds(result.elapsed))}});
}

WebResponse ProbeEndpoint::page(const Asked& asked, const ProbeResult& result) const {
  WebResponse response;
  response.type = content_type(Exposition::text);
  response.body = probe_page(result, asked.timeout);
  if (level_ == Level::debug) tell(*asked.trace, asked.target, result);
  if (asked.debug) {
    response.type = "text/plain";
    response.body = debug_page(*asked.trace, result, response.body, asked.shown_module);
  } else if (asked.gzip) {
    zip(response);
  }
  return response;
}

WebResponse ProbeEndpoint::page(const Asked& asked, const AskedRuns::Outcome& outcome) const {
  return outcome.how == AskedRuns::Ended::landed ? page(asked, outcome.result) : no_run(outcome.how);
}

WebResponse ProbeEndpoint::probe(const Module& module, const Target& target, Duration timeout,
                                 const WebRequest& request) {
  Asked asked{target, timeout, nullptr, {}, request.parameter("debug") == "true", false};
  asked.gzip = accepts_gzip(request.header("Accept-Encoding"));
  if (asked.debug) asked.shown_module = module.shown;
  if (asked.debug || level_ == Level::debug) asked.trace = std::make_shared<Trace>();
  const Time begin = now();
  auto prober = module.recipe->prober(target);
  if (!prober) {
    ProbeResult result;
    result.readings = module.recipe->blank();
    result.failure = Failure{Phase::agent, Reason::bad_target, prober.error().message};
    result.elapsed = now() - begin;
    if (asked.trace) asked.trace->lines.push_back("Could not use the target: " + prober.error().message);
    return page(asked, result);
  }
  AskedRuns::Ended refused{};
  const auto ticket = runs_.begin({*std::move(prober), module.recipe->blank(), timeout, asked.trace}, refused);
  if (!ticket) return no_run(refused);
  if (const auto outcome = ticket->wait(now() + kMostForWorker, request.gone)) return page(asked, *outcome);
  WebResponse response;
  response.later = [this, ticket, asked = std::move(asked)](const WebGone& gone) {
    return page(asked, *ticket->wait(Time::max(), gone));
  };
  return response;
}

OwnSource ProbeEndpoint::own_metrics() const {
  return [unknown = unknown_modules_](std::vector<OwnFamily>& families) {
    families.push_back({"blackbox_module_unknown_total",
                        "Count of unknown modules requested by probes",
                        OwnFamily::Type::counter,
                        {{{}, static_cast<double>(unknown->get()), {}}}});
  };
}

}  // namespace vedette
