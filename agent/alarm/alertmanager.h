#pragma once
// One Alertmanager, and one post to it. Loop thread only.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/net.h"

namespace vedette {

struct Alertmanager {
  std::string url;                             // "https://alertmanager:9093/prefix", without the api's path
  std::string name;                            // of metrics and logs: the url without user, password and query
  std::shared_ptr<const HttpProfile> profile;  // POST, JSON, with TLS
  std::function<Result<std::vector<std::string>>()> credentials;  // header lines, asked for at each post; may be empty
  std::string server_name;  // whose certificate it must be, where it is not the url's host; else empty
  Duration timeout = seconds(10);
};

/// What became of a post.
struct PostOutcome {
  enum class Kind {
    ok,
    failed,   // nothing is wrong with the alerts: try again
    refused,  // something in the body will never be taken
  };
  Kind kind = Kind::failed;
  std::string why;  // a sentence without secrets; empty: ok
  Duration wait{};  // how long we were asked to wait before the next
  Duration took{};
};

/// Looks the host up anew and tries its addresses one after the other until one takes the connection. Ends at the
/// latest after the Alertmanager's timeout.
Task<PostOutcome> post_alerts(Net& net, Alertmanager to, std::string body);

}  // namespace vedette
