#include "serve/exchange.h"

#include <civetweb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"
#include "serve/head_shape.h"

namespace vedette {
namespace {

constexpr seconds kMostForBody{3};      // a body that drips in slower than this is refused
constexpr seconds kMostForStall{5};     // a reader that takes nothing for this long has gone
constexpr seconds kMostForAnswer{120};  // so has one that reads a few bytes now and then
constexpr std::size_t kMostDrained = 4u << 20;

/// "Sat, 21 Nov 2026 08:00:00 GMT"
std::string http_date(WallTime at) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t whole = std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday, kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// A header's value must not begin a new line.
std::string one_line(std::string_view value) {
  std::string line(value);
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return line;
}

bool has_word(std::string_view list, std::string_view word) {
  for (const std::string_view piece : split(list, ',')) {
    if (equal_ignore_case(trim(piece), word)) return true;
  }
  return false;
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Exchange::Exchange(mg_connection* connection, bool may_keep, const Headers& added)
    : connection_(connection), keep_(may_keep), added_(added) {}

std::optional<Exchange::Refusal> Exchange::read_head(WebRequest& request) {
  const mg_request_info& info = *mg_get_request_info(connection_);
  request.method = info.request_method;
  has_body_ = request.method != "HEAD";
  if (!has_body_) request.method = "GET";
  is_http_1_0_ = std::string_view(info.http_version) == "1.0";
  request.query = info.query_string ? info.query_string : "";
  for (int i = 0; i < info.num_headers; ++i) {
    request.headers.emplace_back(info.http_headers[i].name, info.http_headers[i].value);
  }
  const std::string_view wish = request.header("Connection");
  keep_ = keep_ && !is_http_1_0_ && (wish.empty() || has_word(wish, "keep-alive"));
  // civetweb reads no further: a header beyond these might be the one that says how long the body is.
  if (info.num_headers >= MG_MAX_HEADERS) return Refusal{431, "too many headers"};
  const HeadShape shape = shape_of(info);
  if (shape == HeadShape::broken) return Refusal{400, "a line of the head is no header"};
  keep_ = keep_ && shape == HeadShape::clean;
  if (const auto refusal = check_framing()) return refusal;
  auto path = percent_decode(info.local_uri_raw);
  if (!path) return Refusal{400, "the path has a bad escape"};
  request.path = std::move(*path);
  return std::nullopt;
}

/// How long the body is, told once and clearly: two answers to that are how requests are smuggled.
std::optional<Exchange::Refusal> Exchange::check_framing() {
  const mg_request_info& info = *mg_get_request_info(connection_);
  int lengths = 0, encodings = 0;
  for (int i = 0; i < info.num_headers; ++i) {
    const std::string_view name = info.http_headers[i].name, value = info.http_headers[i].value;
    if (equal_ignore_case(name, "Content-Length")) {
      ++lengths;
      const auto length = parse_int<std::uint64_t>(trim(value));
      if (!length) return Refusal{400, "Content-Length is no number"};
      length_ = *length;
    } else if (equal_ignore_case(name, "Transfer-Encoding")) {
      ++encodings;
      if (!equal_ignore_case(trim(value), "chunked")) return Refusal{501, "no such Transfer-Encoding here"};
      is_chunked_ = true;
    }
  }
  if (lengths + encodings > 1) return Refusal{400, "more than one Content-Length or Transfer-Encoding"};
  return std::nullopt;
}

std::optional<Exchange::Refusal> Exchange::read_body(WebRequest& request, std::size_t limit) {
  constexpr Refusal kTooLarge{413, "the body is too large"};
  if (length_ > limit) return kTooLarge;
  if (length_ == 0 && !is_chunked_) return std::nullopt;
  write_deadline_ = now() + kMostForStall;
  if (has_word(request.header("Expect"), "100-continue")) write("HTTP/1.1 100 Continue\r\n\r\n");
  const Time deadline = now() + kMostForBody;
  std::array<char, 8192> buffer;
  while (is_chunked_ || request.body.size() < length_) {
    // 0 means the end, or that nothing came for kWebWait: only the length tells which.
    // Never more than is needed to see that it is too large, since mg_read waits until it has everything it was asked
    // for.
    const int size = mg_read(connection_, buffer.data(), std::min(buffer.size(), limit + 1 - request.body.size()));
    if (size == 0 && is_chunked_) return std::nullopt;
    is_silent_ = size == 0;
    if (size <= 0) return Refusal{400, "the body ended early"};
    request.body.append(buffer.data(), static_cast<std::size_t>(size));
    if (request.body.size() > limit) return kTooLarge;
    if (now() > deadline) return Refusal{408, "the body came too slowly"};
  }
  return std::nullopt;
}

/// civetweb's own mg_write gives up after kWebWait without progress; a scrape over a poor line deserves more.
bool Exchange::write(std::string_view bytes) {
  if (!connection_) return write_by_ourselves(bytes);
  Duration stalled{};
  while (!bytes.empty()) {
    const Time before = now();
    const int size = mg_write(connection_, bytes.data(), std::min<std::size_t>(bytes.size(), 1u << 30));
    const Duration took = now() - before;
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
      stalled = {};
    } else {
      stalled += took;
      // An error comes at once, a reader who takes nothing after the full wait.
      if (took < kWebWait / 2 || stalled >= kMostForStall) return false;
    }
    if (!bytes.empty() && now() >= write_deadline_) return false;
  }
  return true;
}

bool Exchange::write_by_ourselves(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return false;
    pollfd one{socket_, POLLOUT, 0};
    constexpr auto kStall = std::chrono::duration_cast<milliseconds>(kMostForStall).count();
    if (now() >= write_deadline_ || ::poll(&one, 1, static_cast<int>(kStall)) == 0) return false;
  }
  return true;
}

std::string Exchange::head(const WebResponse& response, std::string_view framing) {
  status_ = response.status;
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 mg_get_response_code_text(connection_, response.status), http_date(wall_now()));
  if (may_have_body(response.status)) head += fmt::format("Content-Type: {}\r\n", one_line(response.type));
  constexpr std::string_view kNoSniff = "X-Content-Type-Options";
  const auto is_no_sniff = [&](const auto& header) { return header.first == kNoSniff; };
  if (may_have_body(response.status) && std::none_of(added_.begin(), added_.end(), is_no_sniff)) {
    head += fmt::format("{}: nosniff\r\n", kNoSniff);
  }
  for (const auto& [name, value] : added_) head += fmt::format("{}: {}\r\n", one_line(name), one_line(value));
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", one_line(name), one_line(value));
  head += framing;
  head += keep_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

void Exchange::close_after() {
  keep_ = false;
  if (connection_) mg_disable_connection_keep_alive(connection_);
}

void Exchange::leave_worker(int socket) {
  connection_ = nullptr;
  socket_ = socket;
  keep_ = false;
}

void Exchange::send(const WebResponse& response) {
  write_deadline_ = now() + kMostForAnswer;
  if (response.stream && may_have_body(response.status)) {
    send_stream(response);
  } else {
    send_whole(response);
  }
  if (!keep_) close_after();
}

void Exchange::send_whole(const WebResponse& response) {
  const bool body = may_have_body(response.status);
  std::string bytes =
      head(response, body ? fmt::format("Content-Length: {}\r\n", response.body.size()) : std::string{});
  if (body && has_body_) bytes += response.body;
  if (!write(bytes)) close_after();
}

/// In chunks; to a client that knows none, until the connection closes.
void Exchange::send_stream(const WebResponse& response) {
  if (is_http_1_0_) keep_ = false;
  std::string before = head(response, is_http_1_0_ ? "" : "Transfer-Encoding: chunked\r\n");
  bool good = true, first = true;
  const WebWrite sink = [&](std::string_view piece) {
    if (piece.empty() || !good) return good;
    if (!is_http_1_0_) before += fmt::format("{}{:x}\r\n", first ? "" : "\r\n", piece.size());
    first = false;
    good = write(before) && write(piece);
    before.clear();
    return good;
  };
  if (has_body_) {
    response.stream(sink);
    if (!is_http_1_0_) before += first ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
  }
  // Without the last chunk the reader knows that it does not have everything.
  if (!good || !write(before)) close_after();
}

void Exchange::refuse(const Refusal& refusal, const Headers& headers) {
  refused_ = true;
  keep_ = false;
  WebResponse response;
  response.status = refusal.code;
  response.body = fmt::format("{}\n", refusal.why);
  response.headers = headers;
  send(response);
}

void Exchange::fail() {
  if (status_ == 0) return refuse({500, "internal error, see the agent's log"});
  status_ = 500;  // what was sent said 200; what is counted should not
  close_after();
}

void Exchange::drain() {
  if (!refused_ || is_silent_ || !connection_) return;
  std::array<char, 16384> buffer;
  const Time deadline = now() + kWebWait;
  for (std::size_t drained = 0; drained < kMostDrained && now() < deadline;) {
    const int size = mg_read(connection_, buffer.data(), buffer.size());
    if (size <= 0) return;
    drained += static_cast<std::size_t>(size);
  }
}

}  // namespace vedette
