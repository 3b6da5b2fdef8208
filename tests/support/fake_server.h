#pragma once
// An Alertmanager on loopback that remembers what it was told and answers as the test wants.

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "support/loopback_server.h"

namespace vedette::test {

class FakeAlertmanager {
 public:
  struct Request {
    std::string head, body;
  };
  /// Any thread: the whole answer as bytes. Empty: says nothing and keeps the connection.
  using Answer = std::function<std::string(const Request&)>;

  FakeAlertmanager();  // 200 to everything
  explicit FakeAlertmanager(Answer answer);
  ~FakeAlertmanager();
  FakeAlertmanager(const FakeAlertmanager&) = delete;

  /// "HTTP/1.1 503 …" with these header lines and this body.
  static std::string status(int code, const std::string& headers = "", const std::string& body = "");

  std::string url() const { return "http://" + server_.authority(); }
  std::vector<Request> requests() const {
    return requests_.with([](const auto& all) { return all; });
  }
  /// Requests with alerts in them.
  std::vector<std::string> told() const;
  /// How many requests so far hold this text in their body.
  std::size_t count(const std::string& text) const;

 private:
  void serve(LoopbackServer& server);

  Answer answer_;
  std::atomic<bool> over_{false};
  Guarded<std::vector<Request>> requests_;
  LoopbackServer server_;
};

}  // namespace vedette::test
