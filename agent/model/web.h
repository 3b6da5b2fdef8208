#pragma once
// How a folder offers pages to the web without knowing the web server.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette {

/// Whether the client has hung up, to be asked now and then; null: nobody can tell.
using WebGone = std::function<bool()>;

struct WebRequest {
  std::string method;  // "GET"
  std::string path;    // "/probe", decoded, without the route prefix
  std::string query;   // as sent, undecoded
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  WebGone gone;

  /// Value of a header, case ignored; empty when absent.
  std::string_view header(std::string_view name) const;
  /// First value of a query parameter, decoded once (`+` is a space); empty when absent.
  std::string parameter(std::string_view name) const;
  bool has_parameter(std::string_view name) const;
};

/// Takes the next piece of a long answer; false when the reader has gone: stop then.
using WebWrite = std::function<bool(std::string_view)>;

struct WebResponse {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::function<void(const WebWrite&)> stream;  // set: sent piece by piece instead of body
  /// Set: the answer takes its time. Who calls it, on any thread, waits for it; it holds nothing of the request. All
  /// else here counts for nothing.
  std::function<WebResponse(const WebGone&)> later;
};

struct Route {
  std::string path;                                      // exact
  std::function<WebResponse(const WebRequest&)> answer;  // any thread, several at once
};

}  // namespace vedette
