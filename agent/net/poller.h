#pragma once
// Sockets of our own on the loop: one epoll set beneath one handle of libuv's. A poll handle of libuv's for each socket
// would cost six system calls a connection, this costs one. Loop thread only.
//
//   Socket socket(poller);
//   if (int error = socket.open(AF_INET)) ...
//   Socket::Wait readable = socket.wait(EPOLLIN);
//   Wake why = co_await readable;

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "net/loop.h"

struct uv_poll_s;

namespace vedette {

class Poller {
 public:
  explicit Poller(Loop& loop);
  /// After its last socket.
  ~Poller();
  Poller(const Poller&) = delete;

  Loop& loop() { return loop_; }
  /// Where all sockets may read into: nothing waits between the bytes and their reader.
  std::span<char> scratch() { return *scratch_; }

 private:
  friend class Socket;
  using Scratch = std::array<char, 64 * 1024>;
  static void on_ready(uv_poll_s* handle, int status, int events);

  Loop& loop_;
  int set_;
  uv_poll_s* handle_;  // freed by libuv's close callback
  std::unique_ptr<Scratch> scratch_ = std::make_unique<Scratch>();
};

/// A stream socket that never blocks. Closes itself.
class Socket {
 public:
  explicit Socket(Poller& poller) : poller_(poller) {}
  ~Socket() { close(); }
  Socket(const Socket&) = delete;

  /// 0, or why there is no socket (errno).
  int open(int family);
  void close();
  int fd() const { return fd_; }

  class Wait;
  /// co_await it: ready when one of these (EPOLLIN, EPOLLOUT) or an end has come. One at a time.
  Wait wait(std::uint32_t events) { return Wait(*this, events); }
  /// What the last wait ended with, and when the kernel was asked.
  std::uint32_t events() const { return events_; }
  Time woken() const { return woken_; }
  /// The wait was called off because the kernel has no room for one more socket in the set.
  bool refused() const { return refused_; }

 private:
  friend class Poller;
  bool want(std::uint32_t events);
  void ready(std::uint32_t events, Time at);

  Poller& poller_;
  int fd_ = -1;
  std::uint32_t wanted_ = 0;  // what the set reports; 0: not in the set
  std::uint32_t events_ = 0;
  Time woken_{};
  Waiter* waiter_ = nullptr;
  bool refused_ = false;

 public:
  class Wait {
   public:
    Wait(Socket& socket, std::uint32_t events) : socket_(socket), events_(events) {}
    Wait(const Wait&) = delete;
    ~Wait() { socket_.waiter_ = nullptr; }
    bool await_ready() const { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> task) {
      socket_.waiter_ = &waiter_;
      waiter_.suspend(task, *task.promise().scope);
      socket_.refused_ = !socket_.want(events_);
      if (socket_.refused_) waiter_.wake(Wake::cancelled);
    }
    Wake await_resume() { return waiter_.why(); }

   private:
    Socket& socket_;
    std::uint32_t events_;
    Waiter waiter_;
  };
};

}  // namespace vedette
