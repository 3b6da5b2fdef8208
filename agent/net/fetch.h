#pragma once
// One request to a server that is found by its name, for those who want an answer and not a measurement. Follows no
// redirect. Loop thread only.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/http.h"
#include "net/net.h"

namespace vedette {

struct FetchRequest {
  std::shared_ptr<const HttpProfile> profile;  // method, TLS, headers that are always sent
  std::string url;
  std::string server_name;           // whose certificate it must be, where it is not the url's host; else empty
  std::vector<std::string> headers;  // "Name: value", of this request alone
  std::string body;
  Duration timeout = seconds(10);
  std::size_t most = 1 << 20;  // bytes of the answer's body, unpacked; the rest is not read
};

struct Fetched {
  int status = 0;  // 0: no answer came
  HttpHeaders headers;
  std::string body;  // unpacked
  bool cut = false;  // there was more than `most`
  std::string why;   // why the answer is missing or not whole: a sentence without secrets; empty: it is whole
  Duration took{};
};

/// Looks the host up anew and tries its addresses one after the other until one takes the connection. Ends at the
/// latest after the timeout.
Task<Fetched> fetch(Net& net, FetchRequest request);

/// How long the answer asks us to wait: Retry-After, a number of seconds or a date. Never negative; zero: it does not.
Duration asked_to_wait(const HttpHeaders& headers, WallTime at);

}  // namespace vedette
