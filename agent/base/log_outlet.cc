#include "base/log_outlet.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <exception>

namespace vedette {
namespace {

constexpr std::size_t kMostWaiting = 1 << 20;
constexpr seconds kLastWords{1};
constexpr int kLook = 100;  // milliseconds

}  // namespace

LogOutlet::LogOutlet(int descriptor, std::function<std::string(std::uint64_t)> lost_line)
    : descriptor_(descriptor), lost_line_(std::move(lost_line)) {
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0) return;
  if (S_ISSOCK(facts.st_mode)) kind_ = Kind::socket;
  if (!S_ISFIFO(facts.st_mode) && !S_ISCHR(facts.st_mode)) return;
  kind_ = Kind::stream;
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  own_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

LogOutlet::~LogOutlet() {
  queue_.change([](Queue& queue) { queue.closing = true; });
  if (carrier_.joinable()) carrier_.join();
  if (own_ >= 0) ::close(own_);
}

bool LogOutlet::has_room(int wait_ms) const {
  pollfd one{own_ >= 0 ? own_ : descriptor_, POLLOUT, 0};
  return ::poll(&one, 1, wait_ms) > 0;
}

/// False when there is no room now. What cannot be written at all is dropped, whole.
bool LogOutlet::send_some(std::string& bytes) {
  while (true) {
    ssize_t size = 0;
    if (kind_ == Kind::socket) {
      size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (kind_ == Kind::file || own_ >= 0) {
      size = ::write(own_ >= 0 ? own_ : descriptor_, bytes.data(), bytes.size());
    } else if (has_room(0)) {  // for this much at least
      size = ::write(descriptor_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    } else {
      return false;
    }
    if (size >= 0) {
      bytes.erase(0, static_cast<std::size_t>(size));
      return true;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    dropped_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    bytes.clear();
    return true;
  }
}

void LogOutlet::push(Queue& queue) {
  while (!queue.waiting.empty() && send_some(queue.waiting)) {}
  if (queue.waiting.empty()) tell_of_lost(queue);
}

void LogOutlet::tell_of_lost(Queue& queue) {
  if (queue.lost == 0) return;
  queue.waiting += lost_line_(std::exchange(queue.lost, 0));
  while (!queue.waiting.empty() && send_some(queue.waiting)) {}
}

void LogOutlet::write(std::string_view line) {
  queue_.change([&](Queue& queue) {
    push(queue);
    if (queue.waiting.size() + line.size() > kMostWaiting || queue.lost > 0) {
      ++queue.lost;
      ++dropped_;
      return;
    }
    queue.waiting += line;
    push(queue);
    if (queue.waiting.empty() || carrier_.joinable()) return;
    try {
      carrier_ = std::thread([this] {
        ::prctl(PR_SET_NAME, "log");
        carry();
      });
    } catch (const std::exception&) {  // the next line takes along what waits
    }
  });
}

/// Hands on what waits, until the end.
void LogOutlet::carry() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  Time end = Time::max();
  while (true) {
    enum class Next { sleep, wait_for_room, leave };
    const Next next = queue_.change([&](Queue& queue) {
      push(queue);
      if (queue.closing) end = std::min<Time>(end, now() + kLastWords);
      if (!queue.waiting.empty()) return Next::wait_for_room;
      return queue.closing ? Next::leave : Next::sleep;
    });
    if (next == Next::leave || now() >= end) return;
    if (next == Next::wait_for_room) {
      has_room(kLook);
    } else {
      queue_.wait(now() + seconds(60), [](Queue& queue) { return queue.closing || !queue.waiting.empty(); });
    }
  }
}

}  // namespace vedette
