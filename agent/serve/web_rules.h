#pragma once
// The web configuration in force. It follows its files: who changes a certificate or a user need not restart anything.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "base/time.h"
#include "serve/web_config.h"

namespace vedette {

/// A token bucket.
class RateLimit {
 public:
  /// One more request now? One token comes each interval, and `burst` of them can be kept.
  bool allow(Duration interval, int burst, Time at);

 private:
  struct Bucket {
    double tokens = -1;  // not used yet: full
    Time filled{};
  };
  Guarded<Bucket> bucket_;
};

/// Any thread.
class WebRules {
 public:
  /// `loaded` has no problems.
  WebRules(std::string file, LoadedWebConfig loaded, Log log);

  /// As the files are now, at the price of a stat for each. New files that are no good leave the last good ones in
  /// force and are told of once. Whether TLS is spoken at all stays as it was at the start.
  std::shared_ptr<const WebConfig> current();
  /// Without a look at the files.
  std::shared_ptr<const WebConfig> latest() const { return config_.get(); }
  bool allow();
  /// Whether the files, when they were last looked at, were good.
  bool good() const { return good_; }

 private:
  struct Watch {
    std::vector<FileWatch> files;
    std::string told;     // the problems that were logged last; empty: all is well
    bool unread = false;  // they changed, but there was no memory or no thread to read them with
  };
  void reload(Watch& watch);

  const std::string file_;
  const Log log_;
  Published<WebConfig> config_;
  Guarded<Watch> watch_;
  RateLimit limit_;
  std::atomic<bool> good_{true};
};

}  // namespace vedette
