#include "net/http1.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "net/failures.h"
#include "net/http_profile.h"

namespace vedette {

namespace {

// What one body may take of the loop's time before it gives way.
constexpr Duration kLongestTurn = milliseconds(4);
constexpr std::string_view kScheme = "http://";

// What lies between the scheme and the path: host and port.
std::string_view authority_of(std::string_view url) {
  url.remove_prefix(kScheme.size());
  return url.substr(0, url.find_first_of("/?"));
}

int port_of(std::string_view authority) {
  std::size_t colon = authority.rfind(':');
  if (colon == authority.npos || authority.ends_with(']')) return 80;
  return parse_int<std::uint16_t>(authority.substr(colon + 1)).value_or(80);
}

// As it belongs into a Host header: without a port that goes without saying, and without an interface.
std::string host_header(std::string_view authority) {
  if (port_of(authority) == 80 && authority.ends_with(":80")) authority.remove_suffix(3);
  std::string host(authority);
  if (auto zone = host.find('%'); host.starts_with('[') && zone != host.npos) host.erase(zone, host.find(']') - zone);
  return host;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  SocketAddress(const IpAddress& address, int port) {
    if (address.family == Family::ip4) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(static_cast<std::uint16_t>(port));
      std::memcpy(&v4.sin_addr, address.bytes.data(), 4);
      size = sizeof v4;
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(static_cast<std::uint16_t>(port));
      std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
      v6.sin6_scope_id = address.scope_id;
      size = sizeof v6;
    }
  }
};

}  // namespace

bool Http1Exchange::fits(const HttpCall& call) {
  return call.address && call.url.starts_with(kScheme) && call.profile->settings.proxy.empty();
}

Http1Exchange::Http1Exchange(Loop& loop, Poller& poller, const HttpCall& call, HttpReply& reply)
    : loop_(loop),
      poller_(poller),
      call_(call),
      reply_(reply),
      socket_(poller),
      answer_(reply, call.sink, call.profile->settings.method == "HEAD") {}

Task<void> Http1Exchange::run() {
  reply_.times.start = now();
  write_request();
  if (connect()) advance();
  while (!over_) {
    if (tired_) {
      tired_ = false;
      Loop::Sleep pause = loop_.sleep_until(now() + milliseconds(1));
      Wake why = co_await pause;
      if (why != Wake::ready) give_up(why);
    } else {
      Socket::Wait event = socket_.wait((sent_ ? 0u : EPOLLOUT) | (connected_ ? EPOLLIN : 0u));
      Wake why = co_await event;
      if (why != Wake::ready) give_up(why);
    }
    if (!over_) advance();
  }
  socket_.close();
}

void Http1Exchange::write_request() {
  const HttpProfile& profile = *call_.profile;
  const std::string& method = profile.settings.method;
  std::string_view authority = authority_of(call_.url);
  std::string_view path = std::string_view(call_.url).substr(kScheme.size() + authority.size());
  head_.reserve(512);
  head_.append(method).append(path.starts_with('/') ? " " : " /").append(path).append(" HTTP/1.1\r\nHost: ");
  head_.append(call_.host.empty() ? host_header(authority) : call_.host).append("\r\n");
  if (!profile.user_agent.empty()) head_.append("User-Agent: ").append(profile.user_agent).append("\r\n");
  for (const std::string& line : call_.headers) head_.append(line).append("\r\n");
  head_.append(profile.lines);
  if (call_.body && call_.chunked) {
    head_.append("Transfer-Encoding: chunked\r\n\r\n");
    tail_ = "0\r\n\r\n";
    if (!call_.body->empty()) {
      char size[20];
      auto end = std::to_chars(size, size + sizeof size, call_.body->size(), 16).ptr;
      head_.append(size, end).append("\r\n");
      tail_.insert(0, "\r\n");
    }
  } else if (call_.body || profile.says_length()) {
    head_.append("Content-Length: ").append(std::to_string(call_.body ? call_.body->size() : 0)).append("\r\n\r\n");
  } else {
    head_.append("\r\n");
  }
  left_ = {head_, call_.body ? std::string_view(*call_.body) : std::string_view(), tail_};
}

bool Http1Exchange::connect() {
  int error = socket_.open(call_.address->family == Family::ip4 ? AF_INET : AF_INET6);
  if (error != 0) {
    fail({Phase::agent, Reason::out_of_resources, std::string("no socket: ") + std::strerror(error)});
    return false;
  }
  reply_.times.socket = now();
  SocketAddress to(*call_.address, port_of(authority_of(call_.url)));
  if (::connect(socket_.fd(), reinterpret_cast<sockaddr*>(&to.storage), to.size) != 0 && errno != EINPROGRESS) {
    lost(errno);
    return false;
  }
  return true;
}

// Does all that can be done without waiting.
void Http1Exchange::advance() {
  bool came = connected_ && (socket_.events() & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0;
  if (!sent_) send();
  if (came && !over_) receive();
}

// The first attempt is made at once: nearby, the connection stands before connect() is back.
void Http1Exchange::send() {
  while (!sent_) {
    std::array<iovec, 3> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    for (std::string_view piece : left_) {
      if (!piece.empty()) pieces[message.msg_iovlen++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    Time before = connected_ ? Time{} : now();
    ssize_t size = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0 && !connected_) return lost(errno);
    if (!connected_) {
      connected_ = true;
      reply_.times.tcp = socket_.woken() != Time{} ? socket_.woken() : before;
      reply_.times.ready = before;
    }
    if (size < 0) {
      // The server may have answered before it closed.
      send_error_ = errno;
      sent_ = true;
      return;
    }
    auto rest = static_cast<std::size_t>(size);
    sent_ = true;
    for (std::string_view& piece : left_) {
      std::size_t part = std::min(rest, piece.size());
      piece.remove_prefix(part);
      rest -= part;
      sent_ = sent_ && piece.empty();
    }
  }
}

void Http1Exchange::receive() {
  std::span<char> buffer = poller_.scratch();
  // A small piece may unpack to a thousand times its size.
  std::size_t sip = call_.profile->settings.small_pieces ? 1024 : buffer.size();
  Time begin = now();
  while (!over_) {
    ssize_t size = ::recv(socket_.fd(), buffer.data(), sip, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return lost(errno);
    if (size == 0) return take(answer_.end());
    if (reply_.times.first_byte == Time{}) reply_.times.first_byte = now();
    take(answer_.feed({buffer.data(), static_cast<std::size_t>(size)}));
    if (static_cast<std::size_t>(size) < sip) return;  // that was all
    if (now() - begin > kLongestTurn) {
      tired_ = true;
      return;
    }
  }
}

void Http1Exchange::take(Http1Answer::State state) {
  if (state == Http1Answer::State::more) return;
  if (reply_.failure && reply_.failure->reason == Reason::closed) reply_.failure->phase = phase();
  finish();
}

void Http1Exchange::finish() {
  over_ = true;
  // What is no HTTP at all is no first byte of an answer.
  if (reply_.failure && reply_.version == 0) reply_.times.first_byte = Time{};
  reply_.times.end = now();
  if (reply_.status != 0) reply_.content_length = announced_length(reply_);
  // A 1xx is not the answer that was waited for; 101 ends HTTP and is one.
  if (reply_.failure && reply_.status < 200 && reply_.status != 101) reply_.status = 0;
}

void Http1Exchange::fail(Failure failure) {
  reply_.failure = std::move(failure);
  finish();
}

void Http1Exchange::lost(int error) {
  Phase at = phase();
  if (at == Phase::connect) return fail(connect_failure(error, call_.address->text()));
  if (error == EPIPE) return fail({at, Reason::closed, "the server closed the connection without an answer"});
  if (error == ECONNRESET) return fail({at, Reason::reset, "the server reset the connection"});
  fail({at, error == ETIMEDOUT ? Reason::timeout : Reason::reset, std::strerror(error)});
}

void Http1Exchange::give_up(Wake why) { fail(out_of_time(why, phase(), reply_.times.first_byte != Time{})); }

Phase Http1Exchange::phase() const {
  if (!connected_) return Phase::connect;
  if (reply_.times.first_byte != Time{}) return Phase::response;
  return sent_ && send_error_ == 0 ? Phase::response : Phase::request;
}

}  // namespace vedette
