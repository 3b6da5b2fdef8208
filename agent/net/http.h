#pragma once
// The HTTP door: one exchange = one request to one address over a connection of its own. It follows no redirect and
// knows no metric; it tells when each phase ended, also when the exchange failed. What goes through a
// proxy is libcurl's, the rest is spoken here (http_exchange). Loop thread only.
//
//   HttpSession session(client);                     // one a probe
//   HttpReply reply;
//   co_await session.exchange(call, reply);

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/failure.h"
#include "model/own.h"
#include "net/address.h"
#include "net/certificate.h"
#include "net/loop.h"
#include "net/tls_options.h"
#include "net/trust.h"

namespace vedette {

struct HttpSettings {
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value", in order; nothing is added but Host, lengths and Connection
  bool http2 = true;
  bool small_pieces = false;  // the body unpacks: take it in sips
  TlsOptions tls;
  std::string proxy;                         // "http://127.0.0.1:3128"; empty: none, whatever the environment says
  std::vector<std::string> proxy_headers;    // for the proxy, with every request
  std::vector<std::string> connect_headers;  // for the proxy, with CONNECT alone
};

/// Settings made ready once, shared by all exchanges that use them. Its settings never change; loop thread only.
class HttpProfile;
std::shared_ptr<const HttpProfile> make_http_profile(HttpSettings settings);

/// Takes the body as it comes, still compressed; false ends the exchange (reply.stopped).
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual bool take(std::string_view piece) = 0;
  /// More work is left from what was taken than one call should do; while there is, go_on() is called instead of
  /// reading on, and others have their turns in between. It returns what take() does.
  virtual bool waits() const { return false; }
  virtual bool go_on() { return true; }
};

struct HttpCall {
  std::shared_ptr<const HttpProfile> profile;
  std::string url;                    // scheme, host and path; its host is the server's name for TLS
  std::string verify_host;            // the host of the url, as the certificate must have it
  std::optional<IpAddress> address;   // where to connect; none: the proxy resolves the name
  std::string host;                   // the Host header, when it is not the url's own
  std::vector<std::string> headers;   // of this exchange alone
  const std::string* body = nullptr;  // must live as long as the exchange
  bool chunked = false;               // send the body without saying its length
  BodySink* sink = nullptr;
};

/// Zero: that moment was never reached.
struct HttpTimes {
  Time start{}, socket{};  // asked for, socket made
  Time tcp{};              // the socket's first event: connected or refused
  Time connected{}, tls_begin{}, tls_end{}, ready{}, first_byte{}, end{};

  /// When the connection stood, without what was made ready for TLS afterwards.
  Time up(bool https) const {
    Time next_step = https ? connected : ready;
    return next_step != Time{} && tcp != Time{} ? tcp : next_step;
  }
};

/// The header lines of an answer, in order.
class HttpHeaders {
 public:
  void clear();
  void add(std::string_view name, std::string_view value);
  void add(std::string_view line);  // "Name: value", without its end
  std::size_t size() const { return lines_.size(); }
  std::string_view name(std::size_t i) const;
  std::string_view value(std::size_t i) const;
  /// First value of that name, case ignored.
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  struct Line {
    std::uint32_t begin, colon, value, end;
  };
  std::string text_;
  std::vector<Line> lines_;
};

struct HttpReply {
  std::optional<Failure> failure;  // the exchange did not end well; what was received is still there
  bool stopped = false;            // the sink wanted no more
  int status = 0;                  // 0: no answer
  double version = 0;              // 1, 1.1, 2, 3
  HttpHeaders headers;
  std::int64_t content_length = -1;
  HttpTimes times;
  TlsFacts tls;           // tls.seen tells whether there is anything in it
  bool tls_used = false;  // a handshake succeeded
};

class HttpClient {
 public:
  explicit HttpClient(Loop& loop);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  const std::shared_ptr<Trust>& system_trust() const;

 private:
  friend class HttpSession;
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

class HttpSession {
 public:
  explicit HttpSession(HttpClient& client);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;

  /// Fills in a fresh reply while the answer comes in. Ends at the latest when the caller's scope does. One at a time.
  Task<void> exchange(const HttpCall& call, HttpReply& reply);

 private:
  HttpClient::Engine& engine_;
  class HttpSlot* slot_ = nullptr;  // of libcurl's, once it is needed
};

}  // namespace vedette
