#pragma once
// Inside of net/http: one easy handle of libcurl and all that its callbacks note about the exchange under way.

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "net/http.h"
#include "net/http_profile.h"

namespace vedette {

class HttpSlot {
 public:
  HttpSlot();
  ~HttpSlot();
  HttpSlot(const HttpSlot&) = delete;

  CURL* easy() const { return easy_; }
  /// Readies the handle for this call, unless the trusted authorities cannot be read. The call and the reply must live
  /// until finish() or give_up().
  Result<void> begin(const HttpCall& call, HttpReply& reply, const std::shared_ptr<Trust>& system_trust);
  /// Fills in the reply's failure and lengths from libcurl's verdict in `code`.
  void finish();
  /// The exchange ran out of time or was cancelled: says in which phase.
  void give_up(Wake why);
  /// What outlives the exchange finds the slot through this, and null after its end.
  std::shared_ptr<HttpSlot*> link();
  /// The kernel has something to say of the exchange's socket.
  void note_event();
  /// Lets go of the call, so that the next session starts afresh.
  void forget();

  Event* done = nullptr;
  const Time* turn = nullptr;             // when libcurl was last called
  std::function<void(Time until)> pause;  // gives the loop a turn before the body goes on
  CURLcode code = CURLE_OK;

 private:
  friend struct HttpCallbacks;
  void apply(const std::shared_ptr<const HttpProfile>& profile);
  void apply_tls(const TlsOptions& tls);
  Result<void> apply_certificate(const TlsOptions& tls);
  void note_record(bool written, int size);
  bool sends_body() const;
  void set_body();
  void set_target(bool https);
  void unlink();
  bool lengths_differ(std::string_view line);
  bool request_is_out() const;
  Phase phase() const;
  Failure failure_of() const;
  Failure connect_failure() const;
  Failure tls_failure() const;
  Failure exchange_failure() const;

  CURL* easy_;
  std::shared_ptr<const HttpProfile> profile_;
  const HttpCall* call_ = nullptr;
  HttpReply* reply_ = nullptr;
  std::shared_ptr<HttpSlot*> link_;
  TrustStore store_;
  curl_slist* connect_to_ = nullptr;
  curl_slist* headers_ = nullptr;  // profile's and the call's together, when the call has some
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::size_t header_bytes_ = 0, body_sent_ = 0;
  int sockets_ = 0;
  int fd_ = -1;
  Time last_record_{};  // when the last record of the handshake went out
  int socket_error_ = 0;
  int alert_ = 0;  // TLS alert received from the server, 0: none
  unsigned long ssl_error_ = 0;
  bool too_many_headers_ = false, two_lengths_ = false, bad_status_ = false;
  bool flooded_ = false;   // the server kept libcurl busy for longer than a turn may last
  bool http2_ = false;     // agreed on in the handshake
  bool answered_ = false;  // something came since the connection was ready, be it no more than a frame
  bool paused_ = false;    // the body gave way to others
  Duration spent_{};       // on the body since the last pause
};

}  // namespace vedette
