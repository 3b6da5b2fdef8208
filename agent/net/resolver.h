#pragma once
// Names to addresses (c-ares), asked anew at every call so that each probe measures its look-up. Loop thread only.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/failure.h"
#include "net/address.h"
#include "net/loop.h"

namespace vedette {

/// Which addresses a probe may use. With fallback both families are asked for and the preferred one wins;
/// without, only the preferred one is asked for.
struct FamilyChoice {
  Family preferred = Family::ip6;
  bool fallback = true;
};

struct Resolved {
  IpAddress chosen;
  std::vector<IpAddress> all;
};

using Resolution = std::variant<Resolved, Failure>;

class Resolver {
 public:
  /// Empty servers: those of /etc/resolv.conf, read again when it changes. Else "127.0.0.1:5353,[::1]:53".
  explicit Resolver(Loop& loop, std::string servers = "");
  ~Resolver();

  /// Literals and names of /etc/hosts never reach a server. Waits within the caller's scope.
  Task<Resolution> resolve(std::string name, FamilyChoice choice);

 private:
  class Channel;
  std::shared_ptr<Channel> channel();
  Loop& loop_;
  std::string servers_;
  std::shared_ptr<Channel> channel_;
  std::vector<std::weak_ptr<Channel>> replaced_;  // may still have queries in flight
  struct Files;
  std::unique_ptr<Files> files_;
};

/// The choice among what was found, as blackbox_exporter makes it: the first of the preferred family, else the last
/// other one.
Resolution choose_address(const std::string& name, std::vector<IpAddress> found, FamilyChoice choice);

}  // namespace vedette
