#include "serve/web_rules.h"

#include <algorithm>
#include <exception>
#include <future>
#include <utility>

namespace vedette {

bool RateLimit::allow(Duration interval, int burst, Time at) {
  if (interval <= Duration{}) return true;
  return bucket_.with([&](Bucket& bucket) {
    const double room = burst;
    // Threads do not come in the order of their clocks: who is late brings nothing, and takes nothing away.
    const Duration since = std::max(at - bucket.filled, Duration{});
    const double come = bucket.tokens < 0 ? room : to_seconds(since) / to_seconds(interval);
    bucket.tokens = std::min(room, std::max(bucket.tokens, 0.0) + come);
    bucket.filled = std::max(bucket.filled, at);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  });
}

WebRules::WebRules(std::string file, LoadedWebConfig loaded, Log log)
    : file_(std::move(file)), log_(std::move(log)), watch_(Watch{std::move(loaded.files), {}, false}) {
  config_.put(std::make_shared<const WebConfig>(std::move(loaded.config)));
}

std::shared_ptr<const WebConfig> WebRules::current() {
  watch_.with([&](Watch& watch) {
    bool changed = std::exchange(watch.unread, false);
    for (FileWatch& file : watch.files) changed = file.changed() || changed;
    if (changed) reload(watch);
  });
  return config_.get();
}

bool WebRules::allow() {
  const auto config = config_.get();
  return limit_.allow(config->interval, config->burst, now());
}

void WebRules::reload(Watch& watch) {
  std::string problems;
  LoadedWebConfig loaded;
  try {
    // On a stack of its own: a web server's worker has too little for YAML.
    loaded = std::async(std::launch::async, [&] { return load_web_config(file_); }).get();
  } catch (const std::exception& error) {
    problems = error.what();
    watch.unread = true;
  }
  const bool had_tls = config_.get()->tls != nullptr, has_tls = loaded.config.tls != nullptr;
  if (!loaded.files.empty()) watch.files = std::move(loaded.files);
  for (const Problem& problem : loaded.problems) problems += (problems.empty() ? "" : "; ") + problem.text();
  if (problems.empty() && had_tls != has_tls) {
    const char* rule = had_tls ? "TLS is on since the start; a restart can turn it off"
                               : "TLS is off since the start; a restart can turn it on";
    problems = Problem{file_, 0, "tls_server_config", rule}.text();
  }
  good_ = problems.empty();
  if (problems.empty()) {
    // The logins that are known already stay so.
    const auto before = config_.get();
    if (before->users->same_as(*loaded.config.users)) loaded.config.users = before->users;
    config_.put(std::make_shared<const WebConfig>(std::move(loaded.config)));
    watch.told.clear();
    log_.info("web configuration loaded", {{"file", file_}});
  } else if (problems != watch.told) {
    log_.error("web configuration cannot be used; the last good one stays in force", {{"why", problems}});
    watch.told = problems;
  }
}

}  // namespace vedette
