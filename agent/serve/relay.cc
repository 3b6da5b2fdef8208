#include "serve/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vedette {
namespace {

constexpr seconds kMostForGreeting{5};  // a handshake
constexpr seconds kMostForSilence{5};   // until the first byte of a request
constexpr seconds kMostForStall{10};    // a client that takes nothing for this long has gone
constexpr seconds kMostForServer{60};   // civetweb may be busy with others
constexpr seconds kMostForRest{120};    // once civetweb has said everything, the client has this long to take it
constexpr milliseconds kMostForLeaving{1500};
constexpr std::size_t kPiece = 16384;  // a TLS record
constexpr std::size_t kAnswerPiece = 65536;
constexpr std::size_t kMostSwallowed = 4u << 20;
constexpr int kPiecesInTurn = 16;

constexpr std::string_view kPlainAnswer =
    "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    "Client sent an HTTP request to an HTTPS server.\n";

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Relay::Relay(Descriptor outer, std::shared_ptr<const TlsServer> tls, InnerDoor& door, Time at)
    : outer_(std::move(outer)), door_(door), phase_(tls ? Phase::greeting : Phase::open), moved_(at) {
  if (tls) tls_ = std::make_unique<TlsSession>(std::move(tls), outer_.get());
  deadline_ = at + (tls_ ? kMostForGreeting : kMostForSilence);
}

void Relay::append_polls(std::vector<pollfd>& polls) const {
  short outer = 0, inner = 0;
  switch (phase_) {
    case Phase::greeting:
    case Phase::farewell: outer = wants_write_ ? POLLOUT : POLLIN; break;
    case Phase::open:
      if (up_.empty() && !client_ended_ && !server_deaf_) outer |= POLLIN;
      if (!down_.empty()) outer |= POLLOUT;
      if (down_.empty() && !server_ended_) inner |= POLLIN;
      if (!up_.empty() && !server_deaf_) inner |= POLLOUT;
      break;
    case Phase::leaving: outer = POLLIN; break;
    case Phase::over: break;
  }
  polls.push_back({outer_silent_ ? -1 : outer_.get(), outer, 0});
  // poll speaks of a hang-up even if nobody asks: only asked when there is something to do about it.
  polls.push_back({inner == 0 || server_ended_ ? -1 : passage_.get(), inner, 0});
}

bool Relay::advance(short outer_events, Time at) {
  if (outer_events & (POLLHUP | POLLERR | POLLNVAL)) outer_silent_ = true;  // reading finds out what it was
  if (at >= deadline_ && phase_ != Phase::over) {
    if (phase_ == Phase::greeting) complaint_ = "the handshake took too long";
    return false;
  }
  if (phase_ == Phase::greeting) greet(at);
  hungry_ = false;
  if (phase_ == Phase::open) {
    int pieces = 0;
    while (phase_ == Phase::open && move(at)) {
      hungry_ = ++pieces == kPiecesInTurn;
      if (hungry_) break;
    }
  }
  if (phase_ == Phase::farewell) say_farewell(at);
  if (phase_ == Phase::leaving) swallow();
  set_deadline(at);
  return phase_ != Phase::over;
}

/// Phases other than `open` have set theirs when they began.
void Relay::set_deadline(Time at) {
  if (phase_ != Phase::open || !passage_) return;
  Time until = hard_limit_;
  if (!down_.empty()) until = std::min<Time>(until, moved_ + kMostForStall);
  if (!up_.empty()) until = std::min<Time>(until, moved_ + kMostForServer);
  deadline_ = std::max(until, at);
}

void Relay::greet(Time at) {
  const Step step = tls_->handshake();
  wants_write_ = step == Step::wants_write;
  if (step == Step::wants_read || step == Step::wants_write) {
    if (outer_silent_) phase_ = Phase::over;
    return;
  }
  if (step == Step::done) {
    // We have nothing to say now, and a client with Nagle's algorithm waits for a sign before it sends its request.
    const int on = 1;
    ::setsockopt(outer_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    phase_ = Phase::open;
    deadline_ = at + kMostForSilence;
    return;
  }
  complaint_ = tls_->spoke_http() ? "the client spoke HTTP without TLS" : tls_->why();
  if (tls_->spoke_http()) {
    static_cast<void>(::send(outer_.get(), kPlainAnswer.data(), kPlainAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  leave(at);  // so that what OpenSSL has told the client arrives
}

/// One round: true when anything moved.
bool Relay::move(Time at) {
  bool moved = take_from_client(at);
  moved = (phase_ == Phase::open && give_to_server(at)) || moved;
  moved = (phase_ == Phase::open && take_from_server(at)) || moved;
  moved = (phase_ == Phase::open && give_to_client(at)) || moved;
  if (phase_ != Phase::open) return false;
  if (client_ended_ && up_.empty()) {
    if (!passage_) {  // it came, and went without a word
      phase_ = Phase::over;
    } else if (!told_server_) {
      told_server_ = true;
      ::shutdown(passage_.get(), SHUT_WR);
    }
  }
  if (server_ended_ && down_.empty()) {
    passage_ = {};
    wants_write_ = true;
    phase_ = Phase::farewell;
    deadline_ = at + kMostForLeaving;
  }
  return moved;
}

bool Relay::take_from_client(Time at) {
  if (!up_.empty() || client_ended_ || server_deaf_) return false;
  up_.room.resize(kPiece);
  std::size_t size = kPiece;
  const Step step = read_outer(up_.room.data(), size);
  up_.begin = 0;
  up_.end = step == Step::done ? size : 0;
  if (step == Step::failed) phase_ = Phase::over;
  if (step == Step::closed) client_ended_ = true;
  if (step != Step::done) return false;
  moved_ = at;
  if (passage_) return true;
  auto entered = door_.enter();
  if (!entered) {
    complaint_ = entered.error().message;
    phase_ = Phase::over;
    return false;
  }
  passage_ = *std::move(entered);
  return true;
}

bool Relay::give_to_server(Time at) {
  if (up_.empty() || server_deaf_) return false;
  const auto size = ::send(passage_.get(), up_.bytes(), up_.size(), MSG_NOSIGNAL);
  if (size < 0 && would_block()) return false;
  if (size < 0) {  // what it has said may still be on its way
    server_deaf_ = true;
    up_ = {};
    return false;
  }
  up_.begin += static_cast<std::size_t>(size);
  moved_ = at;
  return true;
}

bool Relay::take_from_server(Time at) {
  if (!passage_ || !down_.empty() || server_ended_) return false;
  down_.room.resize(kAnswerPiece);
  const auto size = ::recv(passage_.get(), down_.room.data(), down_.room.size(), 0);
  down_.begin = 0;
  down_.end = size > 0 ? static_cast<std::size_t>(size) : 0;
  if (size < 0 && would_block()) return false;
  if (size <= 0) {
    server_ended_ = true;
    server_broke_ = size < 0;
    hard_limit_ = at + kMostForRest;
    return true;
  }
  moved_ = at;
  return true;
}

bool Relay::give_to_client(Time at) {
  if (down_.empty()) return false;
  std::size_t size = down_.size();
  const Step step = write_outer(down_.bytes(), size);
  if (step == Step::failed || step == Step::closed) phase_ = Phase::over;
  if (step != Step::done) return false;
  down_.begin += size;
  moved_ = at;
  return true;
}

void Relay::say_farewell(Time at) {
  // Who hears no farewell knows that the answer was cut off.
  if (tls_ && !server_broke_) {
    const Step step = tls_->close();
    wants_write_ = step == Step::wants_write;
    if (wants_write_ && !outer_silent_) return;
  }
  leave(at);
}

void Relay::leave(Time at) {
  ::shutdown(outer_.get(), SHUT_WR);
  phase_ = client_ended_ || outer_silent_ ? Phase::over : Phase::leaving;
  deadline_ = at + kMostForLeaving;
}

void Relay::swallow() {
  std::array<char, kPiece> bytes;
  while (true) {
    const auto size = ::recv(outer_.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && would_block() && !outer_silent_) return;
    if (size > 0) swallowed_ += static_cast<std::size_t>(size);
    if (size <= 0 || swallowed_ > kMostSwallowed) {
      phase_ = Phase::over;
      return;
    }
  }
}

Relay::Step Relay::read_outer(char* bytes, std::size_t& size) {
  if (tls_) return tls_->read(bytes, size);
  const auto got = ::recv(outer_.get(), bytes, size, 0);
  if (got < 0 && would_block()) return Step::wants_read;
  size = got > 0 ? static_cast<std::size_t>(got) : 0;
  return got > 0 ? Step::done : got == 0 ? Step::closed : Step::failed;
}

Relay::Step Relay::write_outer(const char* bytes, std::size_t& size) {
  if (tls_) return tls_->write(bytes, size);
  const auto put = ::send(outer_.get(), bytes, size, MSG_NOSIGNAL);
  if (put < 0 && would_block()) return Step::wants_write;
  size = put > 0 ? static_cast<std::size_t>(put) : 0;
  return put >= 0 ? Step::done : Step::failed;
}

}  // namespace vedette
