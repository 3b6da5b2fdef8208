#include "net/http_exchange.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "net/failures.h"
#include "net/http1.h"
#include "net/http2.h"
#include "net/http_profile.h"
#include "net/turn.h"

namespace vedette {

namespace {

int connect_to(int fd, const IpAddress& address, int port) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_in);
  if (address.family == Family::ip4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&v4.sin_addr, address.bytes.data(), 4);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
    v6.sin6_scope_id = address.scope_id;
    size = sizeof v6;
  }
  return ::connect(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0 || errno == EINPROGRESS ? 0 : errno;
}

}  // namespace

bool HttpExchange::fits(const HttpCall& call) { return call.address && call.profile->settings.proxy.empty(); }

HttpExchange::HttpExchange(Poller& poller, const HttpCall& call, HttpReply& reply, std::shared_ptr<Trust> system_trust)
    : poller_(poller),
      call_(call),
      reply_(reply),
      system_trust_(std::move(system_trust)),
      socket_(poller),
      https_(call.url.starts_with("https")) {}

Task<void> HttpExchange::run() {
  reply_.times.start = now();
  if (open()) advance();
  while (!over_) {
    Wake why = Wake::ready;
    if (next_turn_ != Time{}) {
      Loop::Sleep pause = poller_.loop().sleep_until(next_turn_);
      next_turn_ = {};
      why = co_await pause;
    } else {
      Socket::Wait event = socket_.wait(wants_);
      why = co_await event;
    }
    if (why == Wake::ready) {
      advance();
    } else if (socket_.refused()) {
      fail({Phase::agent, Reason::out_of_resources, "the kernel can watch no more sockets"});
    } else {
      fail(out_of_time(why, phase(), reply_.times.first_byte != Time{}));
    }
  }
  if (tls_) tls_->goodbye();
  socket_.close();
}

bool HttpExchange::open() {
  if (https_) {
    auto ready = call_.profile->tls.refresh(system_trust_);
    if (!ready) {
      fail({Phase::agent, Reason::secret_unreadable, ready.error().message});
      return false;
    }
    context_ = *ready;
  } else {
    wire_ = std::make_unique<Http1Wire>(call_, reply_);
  }
  error_ = socket_.open(call_.address->family == Family::ip4 ? AF_INET : AF_INET6);
  if (error_ != 0) {
    fail({Phase::agent, Reason::out_of_resources, std::string("no socket: ") + std::strerror(error_)});
    return false;
  }
  // Else the kernel would hold a small piece back until the one before it has been acknowledged, which is no time of
  // the server's. A plain request is mostly one piece.
  if (https_ || (call_.body && call_.body->size() > Http1Wire::kSmallBody)) {
    int on = 1;
    ::setsockopt(socket_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  reply_.times.socket = now();
  error_ = connect_to(socket_.fd(), *call_.address, port_of(call_.url));
  if (error_ != 0) fail(connect_failure(error_, call_.address->text()));
  return error_ == 0;
}

// Does all that can be done without waiting.
void HttpExchange::advance() {
  bool readable = connected_ && (socket_.events() & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0;
  wants_ = 0;
  if (https_ && !connected_) connect();
  if (https_ && connected_ && !over_ && !wire_) {
    shake_hands();
    readable = false;
  }
  if (over_ || !wire_) return;
  send();
  bool unfinished = call_.sink && call_.sink->waits();
  if (!over_ && (readable || unfinished || (tls_ && tls_->pending()))) receive();
  if (over_) return;
  if (connected_) wants_ |= EPOLLIN;
  if (!send_lost_ && !send_waits_ && !wire_->unsent().empty()) wants_ |= EPOLLOUT;
}

// Nearby, the connection stands before connect() is back.
void HttpExchange::connect() {
  if (socket_.events() == 0) {
    pollfd look{socket_.fd(), POLLOUT, 0};
    if (::poll(&look, 1, 0) <= 0) {
      wants_ = EPOLLOUT;
      return;
    }
  }
  socklen_t size = sizeof error_;
  ::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error_, &size);
  if (error_ != 0) return fail(connect_failure(error_, call_.address->text()));
  connected_ = true;
  reply_.times.connected = now();
  reply_.times.tcp = socket_.events() != 0 ? socket_.woken() : reply_.times.connected;
  tls_.emplace(std::move(context_), socket_.fd(), host_of(call_.url), call_.verify_host);
  if (!tls_->made()) {
    tls_.reset();
    fail({Phase::agent, Reason::out_of_resources, "no memory for a TLS connection"});
  }
}

void HttpExchange::shake_hands() {
  switch (Io how = tls_->handshake()) {
    case Io::wait_readable: wants_ = EPOLLIN; return;
    case Io::wait_writable: wants_ = EPOLLOUT; return;
    case Io::moved: break;
    default: return lost(how);
  }
  if (tls_->notes().http2) {
    wire_ = std::make_unique<Http2Wire>(call_, reply_);
  } else {
    wire_ = std::make_unique<Http1Wire>(call_, reply_);
  }
  reply_.times.ready = now();
}

Io HttpExchange::write(std::string_view bytes, std::size_t& moved) {
  if (tls_) return tls_->write(bytes, moved);
  Time before = connected_ ? Time{} : now();
  ssize_t size = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Io::wait_writable;
  error_ = size < 0 ? errno : 0;
  if (size < 0) return Io::lost;
  if (!connected_) {
    connected_ = true;
    reply_.times.ready = before;
    reply_.times.tcp = socket_.events() != 0 ? socket_.woken() : before;
  }
  moved = static_cast<std::size_t>(size);
  return Io::moved;
}

Io HttpExchange::read(std::span<char> into, std::size_t& moved) {
  if (tls_) return tls_->read(into, moved);
  ssize_t size = ::recv(socket_.fd(), into.data(), into.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Io::wait_readable;
  error_ = size < 0 ? errno : 0;
  if (size < 0) return Io::lost;
  moved = static_cast<std::size_t>(size);
  return size == 0 ? Io::closed : Io::moved;
}

// Without TLS the first attempt is made before anybody has said that the connection stands: mostly it does.
void HttpExchange::send() {
  Time begin = now();
  send_waits_ = false;
  while (!send_lost_) {
    std::string_view piece = wire_->unsent();
    if (piece.empty()) break;
    std::size_t moved = 0;
    Io how = write(piece, moved);
    if (how == Io::moved) {
      wire_->sent(moved);
      if (now() - begin > kLongestTurn) {
        next_turn_ = next_turn(begin);
        return;
      }
    } else if (how == Io::wait_readable || how == Io::wait_writable) {
      send_waits_ = how == Io::wait_readable;
      return;
    } else if (!connected_) {
      return lost(how);
    } else {
      send_lost_ = true;  // what the server said before it closed is still to be read
    }
  }
  take(wire_->state());
}

void HttpExchange::receive() {
  std::span<char> buffer = poller_.scratch();
  // A small piece may unpack to a thousand times its size.
  if (call_.profile->settings.small_pieces) buffer = buffer.first(1024);
  Time begin = now();
  if (call_.sink && call_.sink->waits() && tired(begin)) return;
  while (!over_) {
    std::size_t moved = 0;
    Io how = read(buffer, moved);
    if (how == Io::wait_writable) wants_ |= EPOLLOUT;
    if (how == Io::wait_readable || how == Io::wait_writable) return;
    if (how != Io::moved) return lost(how);
    Time at = now();
    HttpState state = wire_->feed({buffer.data(), moved});
    if (reply_.times.first_byte == Time{} && reply_.version != 0) reply_.times.first_byte = at;
    take(state);
    if (!over_) send();  // HTTP/2 answers to what it reads
    bool unfinished = call_.sink && call_.sink->waits();
    if (!tls_ && moved < buffer.size() && !unfinished) return;  // that was all
    if (tired(begin)) return;
  }
}

// What the sink has left to do comes before anything else is read.
bool HttpExchange::tired(Time begin) {
  if (call_.sink && call_.sink->waits() && !work_off(*call_.sink, begin)) {
    reply_.stopped = true;
    finish();
  }
  if (!over_ && now() - begin > kLongestTurn) next_turn_ = next_turn(begin);
  return over_ || next_turn_ != Time{};
}

void HttpExchange::take(HttpState state) {
  if (state == HttpState::more) return;
  if (state == HttpState::failed) reply_.failure->phase = phase();
  finish();
}

// The connection has come to an end.
void HttpExchange::lost(Io how) {
  Phase at = phase();
  int error = tls_ ? tls_->lost_by() : error_;
  if (at == Phase::connect) return fail(connect_failure(error, call_.address->text()));
  if (at == Phase::tls) {
    return fail(tls_failure(tls_->notes(), call_.profile->settings.tls, call_.verify_host,
                            error != 0 ? std::strerror(error) : ""));
  }
  if (how == Io::closed || how == Io::cut) {
    HttpState state = wire_->end();
    if (state == HttpState::done && how == Io::cut)
      return fail({at, Reason::truncated, "the TLS connection ended without its closing message"});
    return take(state);
  }
  if (tls_ && tls_->notes().error != 0) return fail(broken_tls(tls_->notes(), at));
  if (error == ECONNRESET || error == EPIPE) return fail({at, Reason::reset, "the server reset the connection"});
  fail({at, error == ETIMEDOUT ? Reason::timeout : Reason::reset, std::strerror(error)});
}

void HttpExchange::fail(Failure failure) {
  reply_.failure = std::move(failure);
  finish();
}

void HttpExchange::finish() {
  over_ = true;
  reply_.times.end = now();
  if (reply_.status != 0) reply_.content_length = announced_length(reply_);
  // A 1xx is not the answer that was waited for; 101 ends HTTP and is one.
  if (reply_.failure && reply_.status < 200 && reply_.status != 101) reply_.status = 0;
  if (!tls_) return;
  TlsNotes& notes = tls_->notes();
  reply_.times.tls_begin = notes.begin;
  reply_.times.tls_end = notes.end;
  reply_.tls_used = notes.done;
  reply_.tls = std::move(notes.facts);
}

Phase HttpExchange::phase() const {
  if (!connected_) return Phase::connect;
  if (!wire_) return Phase::tls;
  if (reply_.times.first_byte != Time{}) return Phase::response;
  return wire_->asked() ? Phase::response : Phase::request;
}

}  // namespace vedette
