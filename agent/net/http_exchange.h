#pragma once
// One HTTP exchange over a socket of our own: connects, shakes hands, speaks HTTP/1.1 or HTTP/2 and takes the time of
// each phase, at the cost of the kernel's and of TLS' work and little more. Loop thread only.

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "net/http.h"
#include "net/http_wire.h"
#include "net/poller.h"
#include "net/tls_client.h"

namespace vedette {

class HttpExchange {
 public:
  /// True for what this class can do: everything but proxies.
  static bool fits(const HttpCall& call);

  /// The call and the reply must live until run() has ended.
  HttpExchange(Poller& poller, const HttpCall& call, HttpReply& reply, std::shared_ptr<Trust> system_trust);
  Task<void> run();

 private:
  bool open();
  void advance();
  void connect();
  void shake_hands();
  void send();
  void receive();
  Io write(std::string_view bytes, std::size_t& moved);
  Io read(std::span<char> into, std::size_t& moved);
  bool tired(Time begin);
  void take(HttpState state);
  void lost(Io how);
  void fail(Failure failure);
  void finish();
  Phase phase() const;

  Poller& poller_;
  const HttpCall& call_;
  HttpReply& reply_;
  std::shared_ptr<Trust> system_trust_;
  Socket socket_;
  std::shared_ptr<ssl_ctx_st> context_;  // until the connection has it
  std::optional<TlsConnection> tls_;
  std::unique_ptr<HttpWire> wire_;
  std::uint32_t wants_ = 0;  // events to wait for
  Time next_turn_{};         // set: others go first
  int error_ = 0;            // errno of what was lost
  bool https_ = false;
  bool connected_ = false, over_ = false;
  bool send_waits_ = false;  // TLS must read before it can write
  bool send_lost_ = false;   // the server takes no more, but may have answered
};

}  // namespace vedette
