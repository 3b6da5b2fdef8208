// From libcurl's and OpenSSL's verdicts to a phase, a reason and a sentence.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "net/failures.h"
#include "net/http1_answer.h"
#include "net/http_slot.h"
#include "net/http_wire.h"

namespace vedette {

namespace {

// libcurl 7.88 calls a header line beyond 100 kB "out of memory" and all of them beyond 300 kB a failed read; libcurl 8
// has a word of its own for such a line and for more than 5000 of them. nghttp2 gives up on endless CONTINUATION (-905)
// and, under the older one, on header lists that grow too large (-902, which under libcurl 8 may mean anything).
bool headers_refused(CURLcode code, const char* text) {
  constexpr int kTooLarge = 100;  // CURLE_TOO_LARGE, which the older one's header does not have
  return code == CURLE_OUT_OF_MEMORY || static_cast<int>(code) == kTooLarge ||
         std::strstr(text, "Too large response headers") || std::strstr(text, "returned -902") ||
         (std::strstr(text, "nghttp2") && std::strstr(text, " -905"));
}

}  // namespace

// All of it is with the kernel: from here on it is the server's turn.
bool HttpSlot::request_is_out() const {
  long sent = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);
  if (sent == 0 || !call_->body) return sent != 0;
  curl_off_t uploaded = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  return static_cast<std::size_t>(uploaded) >= call_->body->size();
}

// How far the exchange had come, by the stamps: libcurl's own clock is empty when TLS fails.
Phase HttpSlot::phase() const {
  const HttpTimes& times = reply_->times;
  if (times.first_byte != Time{}) return Phase::response;
  if (times.ready != Time{}) return request_is_out() ? Phase::response : Phase::request;
  if (times.connected != Time{}) return Phase::tls;
  return Phase::connect;
}

void HttpSlot::give_up(Wake why) {
  unlink();
  reply_->times.end = now();
  reply_->failure = out_of_time(why, phase(), reply_->times.first_byte != Time{});
  reply_->content_length = reply_->status == 0 ? -1 : announced_length(*reply_);
}

void HttpSlot::finish() {
  unlink();
  reply_->times.end = now();
  if (reply_->status != 0) reply_->content_length = announced_length(*reply_);
  if (code == CURLE_OK && reply_->status == 0) {
    reply_->failure = Failure{phase(), Reason::malformed, "the answer has no status"};
  } else if (code != CURLE_OK && !reply_->stopped) {
    reply_->failure = failure_of();
    // A 1xx is not the answer that was waited for; 101 ends HTTP and is one.
    if (reply_->status < 200 && reply_->status != 101) reply_->status = 0;
  }
}

Failure HttpSlot::failure_of() const {
  switch (phase()) {
    case Phase::connect: return connect_failure();
    case Phase::tls: return tls_failure();
    default: return exchange_failure();
  }
}

Failure HttpSlot::connect_failure() const {
  auto failure = [](Reason reason, std::string sentence) {
    return Failure{Phase::connect, reason, std::move(sentence)};
  };
  auto agent = [](Reason reason, std::string sentence) { return Failure{Phase::agent, reason, std::move(sentence)}; };
  std::string where = call_->address ? call_->address->text() : "the proxy";
  if (socket_error_ != 0)
    return agent(Reason::out_of_resources, std::string("no socket: ") + std::strerror(socket_error_));
  if (code == CURLE_SSL_CERTPROBLEM)
    return agent(Reason::secret_unreadable, std::string("client certificate: ") + error_.data());
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
    return agent(Reason::bad_target, error_.data());
  if (code == CURLE_OUT_OF_MEMORY) return agent(Reason::out_of_resources, "out of memory");
  if (code == CURLE_COULDNT_RESOLVE_PROXY)
    return failure(Reason::connect_failed, "the proxy's name cannot be resolved");
  if (code == CURLE_PROXY || (code == CURLE_RECV_ERROR && !profile_->settings.proxy.empty())) {
    return failure(Reason::proxy_refused, std::string("the proxy would not connect: ") + error_.data());
  }
  // The number outlives resets of the handle, so it counts only beside the code it belongs to.
  long number = 0;
  if (code == CURLE_COULDNT_CONNECT) curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  if (number != 0) return vedette::connect_failure(static_cast<int>(number), where);
  return failure(Reason::connect_failed, "connecting to " + where + ": " + error_.data());
}

Failure HttpSlot::tls_failure() const {
  if (code == CURLE_SSL_CERTPROBLEM) {
    return Failure{Phase::agent, Reason::secret_unreadable, std::string("client certificate: ") + error_.data()};
  }
  TlsNotes notes;
  notes.facts = reply_->tls;
  notes.alert = alert_;
  notes.error = ssl_error_;
  // Here libcurl has the kernel's words, not its number.
  for (int number : {ECONNRESET, EPIPE, ETIMEDOUT}) {
    if (std::strstr(error_.data(), std::strerror(number))) notes.lost_by = number;
  }
  return vedette::tls_failure(notes, profile_->settings.tls, call_->verify_host, error_.data());
}

Failure HttpSlot::exchange_failure() const {
  Phase at = phase();
  auto failure = [&](Reason reason, std::string sentence) { return Failure{at, reason, std::move(sentence)}; };
  if (flooded_) return failure(Reason::http2_error, "the server sent frames without end");
  if (bad_status_) return failure(Reason::malformed, "the answer's status is not a number of three digits");
  if (two_lengths_) return failure(Reason::malformed, "the answer has two different Content-Length headers");
  if (too_many_headers_ || headers_refused(code, error_.data())) {
    return failure(Reason::headers_too_large, kHeadersTooLarge);
  }
  if (asks_for_certificate(alert_)) {
    return Failure{Phase::tls, Reason::tls_client_certificate,
                   std::string("the server says: ") + SSL_alert_desc_string_long(alert_)};
  }
  // libcurl 7.88 never clears the number, but puts every failure of a socket into words of its own.
  long number = 0;
  if (error_[0] && (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR))
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  std::string text = error_[0] ? error_.data() : curl_easy_strerror(code);
  // Frames that break the protocol end the session on our side, and libcurl only says that nothing came.
  bool got_nothing = code == CURLE_GOT_NOTHING || code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK;
  bool by_library = text.find("nghttp2") != text.npos;  // which would not go on, say after a flood of PINGs
  if (http2_ && (got_nothing || by_library || (code == CURLE_SEND_ERROR && number != ECONNRESET && number != EPIPE))) {
    return failure(Reason::http2_error, "the HTTP/2 connection ended with an error: " + text);
  }
  switch (code) {
    case CURLE_GOT_NOTHING: return failure(Reason::closed, "the server closed the connection without an answer");
    case CURLE_PARTIAL_FILE: return failure(Reason::truncated, "the body ended before its announced end: " + text);
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return failure(Reason::http2_error, text);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      if (std::strstr(text.c_str(), "unexpected eof") || std::strstr(text.c_str(), "close notify")) {
        return failure(Reason::truncated, "the TLS connection ended without its closing message");
      }
      if (std::strstr(text.c_str(), "hunk")) return failure(Reason::malformed, text);
      if (number == ECONNRESET || std::strstr(text.c_str(), "reset"))
        return failure(Reason::reset, "the server reset the connection");
      return failure(alert_ != 0 || ssl_error_ != 0 ? Reason::malformed : Reason::reset, text);
    // The second connection we refuse: what the first one brought was not worth an answer.
    case CURLE_COULDNT_CONNECT:
    case CURLE_ABORTED_BY_CALLBACK:
      return failure(reply_->times.first_byte == Time{} ? Reason::closed : Reason::http2_error,
                     "the server ended the connection instead of answering");
    default: return failure(Reason::malformed, text);
  }
}

}  // namespace vedette
