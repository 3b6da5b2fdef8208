#include "serve/front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

namespace vedette {
namespace {

constexpr std::size_t kMostRelays = 512, kFewestRelays = 16;
constexpr int kMostAtOnce = 64;  // new clients of one door before the others have their turn
constexpr milliseconds kPause{100};
constexpr seconds kBetweenLooks{1};  // at the files of the web configuration, whatever comes in

/// Each needs two descriptors, and the probes need the most of them.
std::size_t most_relays() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewestRelays;
  return std::clamp<std::size_t>(limit.rlim_cur / 4, kFewestRelays, kMostRelays);
}

/// accept() also tells what has befallen the connection already.
bool is_of_the_client(int code) {
  switch (code) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH: return true;
    default: return false;
  }
}

}  // namespace

Front::Front(std::vector<Door> doors, std::shared_ptr<WebRules> rules, InnerDoor& inner, Log log)
    : doors_(std::move(doors)),
      most_relays_(most_relays()),
      rules_(std::move(rules)),
      inner_(inner),
      log_(std::move(log)) {}

Result<std::unique_ptr<Front>> Front::open(std::vector<Door> doors, std::shared_ptr<WebRules> rules, InnerDoor& inner,
                                           Log log) {
  std::unique_ptr<Front> front(new Front(std::move(doors), std::move(rules), inner, std::move(log)));
  front->bell_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!front->bell_) return Error{"cannot listen: " + std::generic_category().message(errno)};
  front->thread_ = std::thread([own = front.get()] {
    ::prctl(PR_SET_NAME, "front");
    own->run();
  });
  return front;
}

Front::~Front() { finish({}); }

void Front::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(bell_.get(), &one, sizeof one);  // fails when it has rung for ages
}

void Front::close_doors() {
  closing_ = true;
  wake();
}

void Front::finish(Duration most) {
  if (!thread_.joinable()) return;
  end_ = now() + most;
  close_doors();
  thread_.join();
}

void Front::run() {
  do {
    try {
      turn();
    } catch (const std::exception& error) {  // no memory: fewer clients need less
      log_.error("the web front is in need", {{"error", error.what()}});
      std::erase(relays_, nullptr);
      if (!relays_.empty()) relays_.pop_back();
      std::this_thread::sleep_for(kPause);
    }
  } while (!closing_ || (!relays_.empty() && now() < end_.load()));
  relays_.clear();
}

void Front::turn() {
  wait_for_any();
  if (polls_[0].revents != 0) {
    std::uint64_t rung = 0;
    [[maybe_unused]] const auto size = ::read(bell_.get(), &rung, sizeof rung);
  }
  advance_relays();
  if (closing_) {
    doors_.clear();
    std::erase_if(relays_, [](const auto& relay) { return relay->is_silent(); });
  } else {
    let_in();
  }
}

/// polls_: the bell, two for each relay, the doors.
void Front::wait_for_any() {
  polls_.clear();
  polls_.push_back({bell_.get(), POLLIN, 0});
  Time until = closing_ ? end_.load() : Time::max();
  bool hungry = false;
  for (const auto& relay : relays_) {
    relay->append_polls(polls_);
    until = std::min(until, relay->deadline());
    hungry = hungry || relay->hungry();
  }
  const Time at = now();
  const bool open = at >= pause_until_;
  if (!open) until = std::min(until, pause_until_);
  for (const Door& door : doors_) polls_.push_back({open ? door.socket.get() : -1, POLLIN, 0});
  int timeout = -1;
  if (hungry || until <= at) {
    timeout = 0;
  } else if (until != Time::max()) {
    const auto wait = std::chrono::ceil<milliseconds>(until - at).count();
    timeout = static_cast<int>(std::min<std::int64_t>(wait, 60'000));
  }
  if (::poll(polls_.data(), polls_.size(), timeout) >= 0) return;
  for (pollfd& one : polls_) one.revents = 0;
  std::this_thread::sleep_for(milliseconds(1));  // whatever is wrong will be so again at once
}

void Front::advance_relays() {
  const Time at = now();
  for (std::size_t i = 0; i < relays_.size(); ++i) {
    Relay& relay = *relays_[i];
    const short outer = polls_[1 + 2 * i].revents, inner = polls_[2 + 2 * i].revents;
    if (outer == 0 && inner == 0 && !relay.hungry() && relay.deadline() > at) continue;
    const bool goes_on = relay.advance(outer, at);
    tell(relay.take_complaint());
    if (!goes_on) relays_[i].reset();
  }
  std::erase(relays_, nullptr);
}

void Front::tell(const std::string& complaint) const {
  if (!complaint.empty()) log_.debug("a connection came to nothing", {{"why", complaint}});
}

void Front::let_in() {
  const std::size_t first = polls_.size() - doors_.size();
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    if (polls_[first + i].revents == 0) continue;
    for (int n = 0; n < kMostAtOnce; ++n) {
      if (relays_.size() >= most_relays_ && !make_room()) {
        pause_until_ = now() + kPause;
        return;
      }
      Descriptor client(::accept4(doors_[i].socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      const int code = errno;
      if (client) {
        let_in(std::move(client), now());
        continue;
      }
      if (is_of_the_client(code)) continue;
      const bool in_need = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
      // Whatever else it is will be so again at once.
      if (code != EAGAIN && code != EWOULDBLOCK && !(in_need && make_room())) pause_until_ = now() + kPause;
      break;
    }
  }
}

void Front::let_in(Descriptor client, Time at) {
  const int on = 1;
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // of a Unix socket it means nothing
  if (rules_ && at >= look_again_) {
    rules_->current();
    look_again_ = at + kBetweenLooks;
  }
  auto tls = rules_ ? rules_->latest()->tls : nullptr;
  relays_.push_back(std::make_unique<Relay>(std::move(client), std::move(tls), inner_, at));
}

/// Sends away whoever has been silent longest; false when all of them are being served.
bool Front::make_room() {
  const auto silent =
      std::find_if(relays_.begin(), relays_.end(), [](const auto& relay) { return relay->is_silent(); });
  if (silent == relays_.end()) return false;
  relays_.erase(silent);
  return true;
}

}  // namespace vedette
