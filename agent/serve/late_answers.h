#pragma once
// Answers that take their time, each on a thread of its own for as long as it takes: a worker of civetweb's that waited
// for them would be missing elsewhere.

#include <functional>
#include <memory>

#include "base/awaited.h"
#include "serve/sockets.h"

namespace vedette {

/// Any thread.
class LateAnswers {
 public:
  LateAnswers() = default;
  LateAnswers(const LateAnswers&) = delete;
  ~LateAnswers() { wait(); }

  /// `work` answers on the client's socket, which is closed afterwards. False: there is no thread for it.
  bool begin(std::shared_ptr<Descriptor> client, std::function<void(int socket)> work);
  /// Until all are given.
  void wait();

 private:
  std::shared_ptr<Awaited<int>> under_way_ = std::make_shared<Awaited<int>>();
};

}  // namespace vedette
