#include "net/poller.h"

#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace vedette {

Poller::Poller(Loop& loop) : loop_(loop), set_(epoll_create1(EPOLL_CLOEXEC)), handle_(new uv_poll_t) {
  handle_->data = this;
  if (set_ < 0 || uv_poll_init(loop.handle(), handle_, set_) != 0 || uv_poll_start(handle_, UV_READABLE, on_ready)) {
    std::fputs("vedette: the kernel gives no epoll set (out of descriptors?)\n", stderr);
    std::abort();
  }
}

Poller::~Poller() {
  uv_close(reinterpret_cast<uv_handle_t*>(handle_), [](uv_handle_t* h) { delete reinterpret_cast<uv_poll_t*>(h); });
  ::close(set_);
}

// Tasks run only after the whole batch: no socket goes away while it is gone through. What is left over is reported
// again at the next turn of the loop.
void Poller::on_ready(uv_poll_t* handle, int, int) {
  auto& poller = *static_cast<Poller*>(handle->data);
  std::array<epoll_event, 128> batch;
  int count = epoll_wait(poller.set_, batch.data(), static_cast<int>(batch.size()), 0);
  Time at = now();
  for (int i = 0; i < count; ++i) static_cast<Socket*>(batch[i].data.ptr)->ready(batch[i].events, at);
  poller.loop_.drain();
}

int Socket::open(int family) {
  fd_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return fd_ < 0 ? errno : 0;
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);  // which takes it out of the set
  fd_ = -1;
  wanted_ = 0;
}

bool Socket::want(std::uint32_t events) {
  if (wanted_ == events) return true;
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  if (epoll_ctl(poller_.set_, wanted_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd_, &event) != 0) return false;
  wanted_ = events;
  return true;
}

void Socket::ready(std::uint32_t events, Time at) {
  if (waiter_) {
    events_ = events;
    woken_ = at;
    waiter_->wake(Wake::ready);
  } else {
    // Nobody waits just now: what is ready stays ready and would keep the loop awake.
    epoll_ctl(poller_.set_, EPOLL_CTL_DEL, fd_, nullptr);
    wanted_ = 0;
  }
}

}  // namespace vedette
