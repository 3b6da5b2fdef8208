#pragma once
// An HTTP server on loopback that remembers what it was asked and answers as the test wants.

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "support/loopback_server.h"

namespace vedette::test {

class FakeServer {
 public:
  struct Request {
    std::string head, body;
    /// "GET /path?query"
    std::string line() const { return head.substr(0, head.find(" HTTP/")); }
  };
  /// Any thread: the whole answer as bytes. Empty: says nothing and keeps the connection.
  using Answer = std::function<std::string(const Request&)>;

  FakeServer();  // 200 to everything
  explicit FakeServer(Answer answer);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;

  /// "HTTP/1.1 503 …" with these header lines and this body.
  static std::string status(int code, const std::string& headers = "", const std::string& body = "");

  std::string url() const { return "http://" + server_.authority(); }
  std::vector<Request> requests() const {
    return requests_.with([](const auto& all) { return all; });
  }

 private:
  void serve(LoopbackServer& server);

  Answer answer_;
  std::atomic<bool> over_{false};
  Guarded<std::vector<Request>> requests_;
  LoopbackServer server_;
};

}  // namespace vedette::test
