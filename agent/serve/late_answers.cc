#include "serve/late_answers.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <system_error>
#include <thread>
#include <utility>

namespace vedette {
namespace {

constexpr milliseconds kMostForFarewell{500};

/// Closing over bytes that nobody has read would take the answer away from the client.
void say_farewell(int socket) {
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> rest;
  const Time until = now() + kMostForFarewell;
  while (now() < until) {
    pollfd one{socket, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(kMostForFarewell.count())) <= 0) return;
    if (::recv(socket, rest.data(), rest.size(), MSG_DONTWAIT) <= 0) return;
  }
}

}  // namespace

bool LateAnswers::begin(std::shared_ptr<Descriptor> client, std::function<void(int socket)> work) {
  struct Count {
    std::shared_ptr<Awaited<int>> all;
    explicit Count(std::shared_ptr<Awaited<int>> count) : all(std::move(count)) {
      all->change([](int& n) { ++n; });
    }
    ~Count() {
      all->change([](int& n) { --n; });
    }
  };
  auto count = std::make_shared<Count>(under_way_);
  try {
    std::thread([client = std::move(client), work = std::move(work), count = std::move(count)]() mutable {
      ::prctl(PR_SET_NAME, "late answer");
      work(client->get());
      work = nullptr;  // what it holds goes before anybody believes that this is over
      say_farewell(client->get());
      client.reset();
    }).detach();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void LateAnswers::wait() {
  while (!under_way_->wait(now() + std::chrono::hours(1), [](int& n) { return n == 0; })) {}
}

}  // namespace vedette
