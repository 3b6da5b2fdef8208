#pragma once

struct ssl_st;

namespace vedette {

/// How much of a peer's bytes OpenSSL may take in one call. Without it a call lasts as long as there are records that
/// hold no data, and a peer that never stops sending them has the thread for itself. What is left over is read at the
/// next call. Must outlive the connection's last call.
class TlsBudget {
 public:
  /// After the connection has its socket.
  void watch(ssl_st* ssl);
  /// Before each call.
  void renew() { left_ = kMost; }

 private:
  friend struct TlsBudgetCallback;
  static constexpr long kMost = 20 << 10;  // more than the largest record
  long left_ = kMost;
};

}  // namespace vedette
