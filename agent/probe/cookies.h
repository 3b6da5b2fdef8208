#pragma once
// The cookies of one run: a redirect may set them, the next request of the run brings them. They die with the run.

#include <string>
#include <string_view>
#include <vector>

#include "net/url.h"

namespace vedette {

class CookieJar {
 public:
  /// What a Set-Cookie header says, from an answer to that URL. A cookie for a host that is not its own is ignored.
  void take(const Url& from, std::string_view header);
  /// Appends the pairs that belong into a request to that URL, the most specific path first: "a=1; b=2".
  void append_header(std::string& text, const Url& to) const;

 private:
  struct Cookie {
    std::string name, value, domain, path;
    bool host_only = true, secure = false;
  };
  std::vector<Cookie> cookies_;
};

}  // namespace vedette
