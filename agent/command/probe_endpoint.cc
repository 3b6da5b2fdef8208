#include "command/probe_endpoint.h"

#include <cstdlib>
#include <future>

#include "base/text.h"
#include "net/url.h"
#include "page/metrics.h"

namespace vedette {
namespace {

WebResponse refusal(int status, std::string text) {
  WebResponse response;
  response.status = status;
  response.body = std::move(text) + "\n";
  return response;
}

struct Answer {
  std::promise<ProbeResult> promise;
};

Task<void> run_and_answer(std::shared_ptr<Prober> prober, Readings blank, Net& net, std::shared_ptr<Trace> trace,
                          std::shared_ptr<Answer> answer) {
  ProbeResult result;
  result.readings = blank;
  Time begin = now();
  result.at = wall_now();
  WallTime at = result.at;
  if (trace) trace->began = begin;
  try {
    result = co_await prober->run(net, trace.get());
  } catch (const std::exception& escaped) {
    result.failure = Failure{Phase::agent, Reason::internal, std::string("the prober failed: ") + escaped.what()};
  }
  result.at = at;
  result.elapsed = now() - begin;
  answer->promise.set_value(std::move(result));
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

ProbeResult run_once(Loop& loop, Net& net, std::shared_ptr<Prober> prober, Readings blank, Duration timeout,
                     std::shared_ptr<Trace> trace) {
  auto answer = std::make_shared<Answer>();
  auto future = answer->promise.get_future();
  loop.post([&loop, &net, prober, blank, timeout, trace, answer] {
    loop.spawn(run_and_answer(prober, blank, net, trace, answer), now() + timeout);
  });
  if (future.wait_for(timeout + seconds(5)) == std::future_status::ready) return future.get();
  ProbeResult result;
  result.readings = blank;
  result.failure = Failure{Phase::agent, Reason::internal, "the agent is too busy or ending"};
  return result;
}

double ProbeEndpoint::timeout_seconds(double scrape, double offset, double module) {
  double most = (scrape == 0 ? 120 : scrape) - offset;
  if ((module > 0 && module < most) || most < 0) return module;
  return most;
}

Result<double> ProbeEndpoint::scrape_timeout(const WebRequest& request) {
  std::string text(request.header("X-Prometheus-Scrape-Timeout-Seconds"));
  if (text.empty()) return 0.0;
  char* end = nullptr;
  double seconds_given = std::strtod(text.c_str(), &end);
  if (*end != 0) return Error{"Failed to parse timeout from Prometheus header: not a number: " + in_quotes(text)};
  return seconds_given;
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
  if (!scrape) return refusal(500, scrape.error().message);
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
  double limit = timeout_seconds(*scrape, offset_, to_seconds(module->second.timeout));
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

WebResponse ProbeEndpoint::probe(const Module& module, const Target& target, Duration timeout,
                                 const WebRequest& request) {
  bool debug = request.parameter("debug") == "true";
  auto trace = debug || level_ == Level::debug ? std::make_shared<Trace>() : nullptr;
  ProbeResult result;
  result.readings = module.recipe->blank();
  Time begin = now();
  auto prober = module.recipe->prober(target);
  if (prober) {
    result = run_once(loop_, net_, *std::move(prober), module.recipe->blank(), timeout, trace);
  } else {
    result.failure = Failure{Phase::agent, Reason::bad_target, prober.error().message};
    result.elapsed = now() - begin;
    if (trace) trace->lines.push_back("Could not use the target: " + prober.error().message);
  }
  WebResponse response;
  response.type = content_type(Exposition::text);
  response.body = probe_page(result, timeout);
  if (level_ == Level::debug) tell(*trace, target, result);
  if (debug) {
    response.type = "text/plain";
    response.body = debug_page(*trace, result, response.body, module.shown);
  } else if (accepts_gzip(request.header("Accept-Encoding"))) {
    zip(response);
  }
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
