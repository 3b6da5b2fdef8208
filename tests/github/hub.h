#pragma once
// A client of GitHub's API against a server that answers as a test says.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "github/client.h"
#include "support/fake_server.h"

namespace vedette::test {

inline GithubCredential token(const std::string& text, const std::string& name = "main") {
  return {name, Secret::value(text), {}};
}

/// Quick to try again.
inline GithubClient::Options hasty() {
  GithubClient::Options options;
  options.first_retry = options.longest_retry = milliseconds(1);
  options.until_computed = {milliseconds(1), milliseconds(1), milliseconds(1)};
  options.budget.first_pause = milliseconds(30);
  return options;
}

inline GithubHost host_at(const std::string& url) {
  GithubHost host;
  host.rest = url;
  host.graphql = url + "/graphql";
  auto profile = [](const char* method) {
    HttpSettings settings;
    settings.method = method;
    settings.headers = {"User-Agent: vedette/test", "Accept: application/vnd.github+json"};
    return make_http_profile(std::move(settings));
  };
  host.get = profile("GET");
  host.post = profile("POST");
  host.timeout = seconds(5);
  return host;
}

/// The nth request of the server's life, from 1.
using HubAnswer = std::function<std::string(int nth, const FakeServer::Request&)>;

inline std::string page(const std::string& body, const std::string& headers = "") {
  return FakeServer::status(200, "Content-Type: application/json\r\n" + headers, body);
}
inline std::string says(int status, const std::string& message, const std::string& headers = "") {
  return FakeServer::status(status, "Content-Type: application/json\r\n" + headers,
                            R"({"message": ")" + message + "\"}");
}

class Hub {
 public:
  explicit Hub(HubAnswer answer, std::vector<GithubCredential> credentials = {token("t0ken")},
               GithubClient::Options options = hasty())
      : server_([this, answer = std::move(answer)](const FakeServer::Request& request) {
          return answer(++asked_, request);
        }),
        net_(loop_),
        client_(net_, host_at(server_.url()), std::move(credentials), std::move(options), Log::silent()) {}

  /// One after the other. Once in the life of a hub.
  std::vector<GithubAnswer> ask(std::vector<GithubRequest> requests) {
    std::vector<GithubAnswer> answers;
    loop_.spawn(ask_all(this, std::move(requests), &answers));
    loop_.run();
    return answers;
  }
  GithubAnswer ask(const std::string& address) { return ask({GithubRequest{"/a", address}}).front(); }

  std::vector<FakeServer::Request> requests() const { return server_.requests(); }
  std::string url() const { return server_.url(); }
  GithubClient& client() { return client_; }

 private:
  static Task<void> ask_all(Hub* hub, std::vector<GithubRequest> requests, std::vector<GithubAnswer>* answers) {
    for (GithubRequest& request : requests) {
      GithubAnswer answer = co_await hub->client_.ask(std::move(request));
      answers->push_back(std::move(answer));
    }
    hub->loop_.stop();
  }

  int asked_ = 0;
  FakeServer server_;
  Loop loop_;
  Net net_;
  GithubClient client_;
};

}  // namespace vedette::test
