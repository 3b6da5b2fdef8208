#pragma once
// Where log lines leave: standard error, which may be a pipe or a terminal that nobody reads.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/awaited.h"

namespace vedette {

/// Any thread; never waits for a reader. A line has left before write() returns, unless there is no room for it: then a
/// thread hands on what waits as soon as there is. What does not even fit into the room for waiting is lost, counted,
/// and told of.
class LogOutlet {
 public:
  /// `lost_line`: a line that tells how many were lost, its end included.
  LogOutlet(int descriptor, std::function<std::string(std::uint64_t)> lost_line);
  /// Gives the reader a last second.
  ~LogOutlet();
  LogOutlet(const LogOutlet&) = delete;

  /// With its end.
  void write(std::string_view line);
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Queue {
    std::string waiting;     // beginning perhaps with the rest of a line
    std::uint64_t lost = 0;  // since the last line that was taken
    bool closing = false;
  };
  void push(Queue& queue);
  void tell_of_lost(Queue& queue);
  bool send_some(std::string& bytes);
  bool has_room(int wait_ms) const;
  void carry();

  enum class Kind { file, socket, stream };
  const int descriptor_;
  int own_ = -1;  // the same pipe or terminal, opened by us: it can be told not to wait without telling others
  Kind kind_ = Kind::file;
  const std::function<std::string(std::uint64_t)> lost_line_;
  std::atomic<std::uint64_t> dropped_{0};
  Awaited<Queue> queue_;
  std::thread carrier_;  // started under the queue's lock, once it is needed
};

}  // namespace vedette
