#pragma once
// One HTTP/1.1 exchange without TLS and proxy over a socket of our own: what most probes are, at the cost of the
// kernel's work and little more. Loop thread only.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http1_answer.h"
#include "net/poller.h"

namespace vedette {

class Http1Exchange {
 public:
  /// True for what this class can do; everything else is libcurl's.
  static bool fits(const HttpCall& call);

  /// The call and the reply must live until run() has ended.
  Http1Exchange(Loop& loop, Poller& poller, const HttpCall& call, HttpReply& reply);
  Task<void> run();

 private:
  void write_request();
  bool connect();
  void advance();
  void send();
  void receive();
  void take(Http1Answer::State state);
  void fail(Failure failure);
  void lost(int error);
  void give_up(Wake why);
  void finish();
  Phase phase() const;

  Loop& loop_;
  Poller& poller_;
  const HttpCall& call_;
  HttpReply& reply_;
  Socket socket_;
  Http1Answer answer_;
  std::string head_, tail_;               // around the call's body
  std::array<std::string_view, 3> left_;  // what has not been sent yet
  bool connected_ = false, sent_ = false, over_ = false;
  int send_error_ = 0;
  bool tired_ = false;  // has worked long enough at a stretch: others get a turn
};

}  // namespace vedette
