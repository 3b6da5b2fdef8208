#pragma once
// An Alertmanager on loopback that remembers what it was told.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_server.h"

namespace vedette::test {

class FakeAlertmanager : public FakeServer {
 public:
  using FakeServer::FakeServer;

  /// Requests with alerts in them.
  std::vector<std::string> told() const {
    std::vector<std::string> bodies;
    for (Request& request : requests()) {
      if (request.body != "[]") bodies.push_back(std::move(request.body));
    }
    return bodies;
  }
  /// How many requests so far hold this text in their body.
  std::size_t count(const std::string& text) const {
    const std::vector<Request> all = requests();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Request& r) { return r.body.find(text) != r.body.npos; }));
  }
};

}  // namespace vedette::test
