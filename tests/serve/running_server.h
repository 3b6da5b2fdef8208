#pragma once
// A server on a free port with the given routes.

#include "serve/http_client.h"
#include "serve/server.h"
#include "support/catch.h"

inline vedette::ServeOptions options_for(std::vector<std::string> listen) {
  vedette::ServeOptions options;
  options.listen = std::move(listen);
  return options;
}

struct RunningServer {
  explicit RunningServer(std::vector<vedette::Route> routes, vedette::Route fallback = {},
                         vedette::ServeOptions options = options_for({"127.0.0.1:0"})) {
    auto started = vedette::Server::start(options, std::move(routes), std::move(fallback), vedette::Log::silent());
    REQUIRE(started);
    server = std::move(*started);
    address = server->addresses().at(0);
  }
  std::unique_ptr<vedette::Server> server;
  std::string address;
};

inline vedette::WebResponse text(std::string body) {
  vedette::WebResponse response;
  response.body = std::move(body);
  return response;
}

/// A route that always says the same.
inline vedette::Route saying(std::string path, std::string body) {
  return {std::move(path), [body = std::move(body)](const vedette::WebRequest&) { return text(body); }};
}
