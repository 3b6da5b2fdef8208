#pragma once
// Whether a client still waits for its answer. civetweb tells nobody of its sockets, only of addresses.

#include <memory>

#include "serve/sockets.h"

struct mg_request_info;

namespace vedette {

/// On the worker that serves this client, while it does.
class HangUp {
 public:
  explicit HangUp(const mg_request_info& client) : client_(client) {}
  /// The client has closed its side. False too when nobody can tell.
  bool seen();
  /// The client's socket, away from civetweb, which is left with one that has ended. Null: it cannot be had.
  std::shared_ptr<Descriptor> take_socket();
  static bool seen_on(int socket);

 private:
  int socket();
  const mg_request_info& client_;
  int socket_ = kUnknown;
  static constexpr int kUnknown = -2, kNone = -1;
};

}  // namespace vedette
