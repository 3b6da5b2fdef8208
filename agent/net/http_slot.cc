#include "net/http_slot.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "net/http_wire.h"
#include "net/turn.h"

namespace vedette {

// What libcurl may take at a stretch: far more than a full receive buffer needs, also on a slow machine.
constexpr Duration kLongestFlood = milliseconds(250);
// A GOAWAY frame and the tag that TLS puts behind it. What is sent in every exchange (an ACK of SETTINGS) is shorter.
constexpr int kLeastGoaway = 17 + 16;

namespace {

// What a TLS connection keeps to find the slot of its exchange.
using SlotLink = std::shared_ptr<HttpSlot*>;

int link_index() {
  auto free_link = [](void*, void* link, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<SlotLink*>(link); };
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_link);
  return index;
}

}  // namespace

// What libcurl and OpenSSL call while the exchange runs. Nothing here resumes a task.
struct HttpCallbacks {
  static HttpSlot& of(void* self) { return *static_cast<HttpSlot*>(self); }

  // One connection an exchange: libcurl would try again by itself after a refused stream or an early close,
  // and a probe must not turn into a storm.
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    HttpSlot& slot = of(self);
    if (++slot.sockets_ > 1) return CURL_SOCKET_BAD;
    int fd = socket(address->family, address->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) slot.socket_error_ = errno;
    slot.fd_ = fd;
    slot.reply_->times.socket = now();
    return fd;
  }

  static int before_request(void* self, char*, char*, int, int) {
    of(self).reply_->times.ready = now();
    return CURL_PREREQFUNC_OK;
  }

  static std::size_t header(char* text, std::size_t, std::size_t size, void* self) {
    HttpSlot& slot = of(self);
    HttpReply& reply = *slot.reply_;
    if (reply.times.first_byte == Time{}) reply.times.first_byte = now();
    if ((slot.header_bytes_ += size) > kMostHeaderBytes || reply.headers.size() > kMostHeaderLines) {
      slot.too_many_headers_ = true;
      return 0;
    }
    std::string_view line(text, size);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      slot.bad_status_ = !status_line(reply, line);
      if (slot.bad_status_) return 0;
    } else if (!line.empty()) {
      if (slot.lengths_differ(line)) return 0;
      reply.headers.add(line);
    }
    return size;
  }

  // A new status line starts over: what came before was a 1xx or a proxy's answer to CONNECT. False: its status is
  // none, of which libcurl 8 would believe the first three digits.
  static bool status_line(HttpReply& reply, std::string_view line) {
    reply.headers.clear();
    reply.status = 0;
    auto space = line.find(' ');
    std::string_view version = line.substr(5, space == line.npos ? line.npos : space - 5);
    std::from_chars(version.data(), version.data() + version.size(), reply.version);
    line.remove_prefix(std::min(line.find_first_not_of(' ', space), line.size()));
    std::string_view digits = line.substr(0, line.find(' '));
    if (digits.size() != 3 || digits.find_first_not_of("0123456789") != digits.npos) return false;
    std::from_chars(digits.data(), digits.data() + digits.size(), reply.status);
    return true;
  }

  static std::size_t body(char* bytes, std::size_t, std::size_t size, void* self) {
    HttpSlot& slot = of(self);
    BodySink* sink = slot.call_->sink;
    if (!sink) return size;
    // A small piece may unpack to a thousand times its size: nobody else on the loop should have to wait for all of it.
    Time begin = now() - slot.spent_;
    bool more = work_off(*sink, begin);
    if (more && now() - begin > kLongestTurn) {
      slot.spent_ = {};
      slot.paused_ = true;
      slot.pause(next_turn(begin));
      return CURL_WRITEFUNC_PAUSE;
    }
    slot.paused_ = false;
    more = more && sink->take({bytes, size});
    slot.spent_ = now() - begin;
    if (more) return size;
    slot.reply_->stopped = true;
    return 0;
  }

  static std::size_t read_body(char* to, std::size_t size, std::size_t count, void* self) {
    HttpSlot& slot = of(self);
    const std::string& from = *slot.call_->body;
    std::size_t n = std::min(size * count, from.size() - slot.body_sent_);
    std::memcpy(to, from.data() + slot.body_sent_, n);
    slot.body_sent_ += n;
    return n;
  }

  static int rewind_body(void* self, curl_off_t offset, int) {
    of(self).body_sent_ = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
  }

  static CURLcode tls_context(CURL*, void* raw, void* self) {
    HttpSlot& slot = of(self);
    auto* context = static_cast<SSL_CTX*>(raw);
    slot.reply_->times.connected = now();
    // set1_verify_cert_store, not set1_cert_store: libcurl 7.88 keeps the latter for its next connection, and one
    // target would be verified against another's authorities.
    SSL_CTX_set1_verify_cert_store(context, slot.store_.get());
    SSL_CTX_set_cert_verify_callback(context, verify, &slot);
    SSL_CTX_set_ex_data(context, link_index(), new SlotLink(slot.link()));
    SSL_CTX_set_info_callback(context, tls_info);
    SSL_CTX_set_msg_callback(context, tls_record);
    SSL_CTX_set_msg_callback_arg(context, slot.link_.get());
    offer(context, slot.profile_->settings.tls);
    return CURLE_OK;
  }

  // libcurl reads HTTP/2 frames for as long as there are any. A server that never stops sending them would keep the
  // loop for itself, so it loses its connection.
  static void tls_record(int written, int, int type, const void* content, std::size_t, SSL* ssl, void* link) {
    const auto* byte = static_cast<const unsigned char*>(content);
    HttpSlot* slot = *static_cast<HttpSlot**>(link);
    if (slot && type == SSL3_RT_HEADER) slot->note_record(written != 0, byte[3] << 8 | byte[4]);
    // Our goodbye waits for none: libcurl 8 would keep the connection until the server, if ever, answers it.
    if (written && type == SSL3_RT_ALERT && byte[1] == SSL_AD_CLOSE_NOTIFY)
      SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }

  static int verify(X509_STORE_CTX* context, void* self) {
    HttpSlot& slot = of(self);
    return verify_and_note(context, slot.call_->verify_host, slot.reply_->tls);
  }

  static void tls_info(const SSL* ssl, int where, int value) {
    auto* link = static_cast<SlotLink*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), link_index()));
    if (!**link) return;
    HttpSlot& slot = ***link;
    HttpTimes& times = slot.reply_->times;
    if ((where & SSL_CB_HANDSHAKE_DONE) && times.tls_end == Time{}) {
      // In TLS 1.3 our own Finished ends it, in older versions the server's.
      times.tls_end = SSL_version(ssl) >= TLS1_3_VERSION && slot.last_record_ != Time{} ? slot.last_record_ : now();
      slot.reply_->tls_used = true;
      const unsigned char* protocol = nullptr;
      unsigned length = 0;
      SSL_get0_alpn_selected(ssl, &protocol, &length);
      slot.http2_ = length == 2 && std::memcmp(protocol, "h2", 2) == 0;
      if (slot.reply_->tls.seen) note_protocol(ssl, slot.reply_->tls);
    }
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL) slot.alert_ = value & 0xff;
    if ((where & SSL_CB_EXIT) && value < 0 && ERR_peek_error() != 0) slot.ssl_error_ = ERR_peek_error();
  }
};

void HttpSlot::note_event() {
  if (reply_ && reply_->times.tcp == Time{}) reply_->times.tcp = now();
}

void HttpSlot::note_record(bool written, int size) {
  HttpTimes& times = reply_->times;
  Time current = now();
  if (written && times.tls_end == Time{}) {
    // The keys are made before the first record goes out: that is not the network's time.
    if (times.tls_begin == Time{}) times.tls_begin = current;
    last_record_ = current;
  }
  if (written) {
    // nghttp2 gives a broken session up with a GOAWAY. libcurl 8 finds out when it is called next, which a server that
    // waits for us would leave to the timeout: so it is called once more.
    if (size >= kLeastGoaway && http2_ && answered_ && !paused_ && request_is_out())
      curl_easy_pause(easy_, CURLPAUSE_CONT);
    return;
  }
  answered_ = times.ready != Time{};
  if (flooded_ || current - *turn < kLongestFlood) return;
  flooded_ = true;
  shutdown(fd_, SHUT_RD);
}

// Two lengths that differ are how one request is smuggled behind another: no answer to believe.
bool HttpSlot::lengths_differ(std::string_view line) {
  constexpr std::string_view kName = "Content-Length";
  if (line.size() <= kName.size() || line[kName.size()] != ':' ||
      !equal_ignore_case(line.substr(0, kName.size()), kName))
    return false;
  auto before = reply_->headers.find(kName);
  std::string_view length = trim(line.substr(kName.size() + 1));
  two_lengths_ = (before && *before != length) || !parse_int<std::int64_t>(length);
  return two_lengths_;
}

HttpSlot::HttpSlot() : easy_(curl_easy_init()) {}

HttpSlot::~HttpSlot() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(connect_to_);
  curl_slist_free_all(headers_);
}

void HttpSlot::apply_tls(const TlsOptions& tls) {
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 0L);  // our own callback checks the name, more strictly
  // Debian's default would parse all roots again at every handshake; our own store replaces them.
  curl_easy_setopt(easy_, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, HttpCallbacks::tls_context);
  static constexpr long kLeast[] = {CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1,
                                    CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_3};
  static constexpr long kMost[] = {CURL_SSLVERSION_MAX_DEFAULT, CURL_SSLVERSION_MAX_TLSv1_0,
                                   CURL_SSLVERSION_MAX_TLSv1_1, CURL_SSLVERSION_MAX_TLSv1_2,
                                   CURL_SSLVERSION_MAX_TLSv1_3};
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, kLeast[static_cast<int>(tls.least)] | kMost[static_cast<int>(tls.most)]);
}

// Read by us: libcurl would wait for a pipe that nobody writes to.
Result<void> HttpSlot::apply_certificate(const TlsOptions& tls) {
  if (tls.certificate.empty()) return {};
  auto pem = read_client_pem(tls);
  if (!pem) return pem.error();
  curl_blob certificate{pem->certificate.data(), pem->certificate.size(), CURL_BLOB_COPY};
  curl_blob key{pem->key.data(), pem->key.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy_, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(easy_, CURLOPT_SSLKEY_BLOB, &key);
  return {};
}

// Options that stay the same from one exchange of a profile to the next are set once.
void HttpSlot::apply(const std::shared_ptr<const HttpProfile>& profile) {
  if (profile_ == profile) return;
  profile_ = profile;
  const HttpSettings& settings = profile->settings;
  curl_easy_reset(easy_);
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, 24L * 3600 * 1000);  // deadlines are the scope's business
  curl_easy_setopt(easy_, CURLOPT_SERVER_RESPONSE_TIMEOUT, 0L);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  // Names are looked up by us; libcurl's table of the addresses it was told would be walked at every probe.
  curl_easy_setopt(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, settings.small_pieces ? 1024L : 16L * 1024);
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 0L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, settings.proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, settings.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  if (!profile->user_agent.empty()) curl_easy_setopt(easy_, CURLOPT_USERAGENT, profile->user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, HttpCallbacks::open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, HttpCallbacks::before_request);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, HttpCallbacks::header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, HttpCallbacks::body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, HttpCallbacks::read_body);
  curl_easy_setopt(easy_, CURLOPT_READDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, HttpCallbacks::rewind_body);
  curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, this);
  apply_tls(settings.tls);
}

bool HttpSlot::sends_body() const { return call_->body || profile_->says_length(); }

// The method is always sent as it is written; libcurl only learns whether a body goes out or comes back.
void HttpSlot::set_body() {
  const std::string& method = profile_->settings.method;
  if (call_->body && call_->chunked) {
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(-1));
  } else if (call_->body) {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, call_->body->data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_->body->size()));
  } else if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (sends_body()) {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(0));
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method == "GET" && !call_->body ? nullptr : method.c_str());
}

// libcurl 8 drops a question mark that nothing follows, unless it is told what to ask for, word by word.
void HttpSlot::set_target(bool https) {
  const std::string& url = call_->url;
  bool to_proxy = !https && !profile_->settings.proxy.empty();  // which is sent the whole URL
  std::size_t path = to_proxy ? 0 : url.find('/', url.find("://") + 3);
  curl_easy_setopt(easy_, CURLOPT_REQUEST_TARGET, url.ends_with('?') ? url.substr(path).c_str() : nullptr);
}

Result<void> HttpSlot::begin(const HttpCall& call, HttpReply& reply, const std::shared_ptr<Trust>& system_trust) {
  call_ = &call;
  reply_ = &reply;
  apply(call.profile);
  error_[0] = 0;
  header_bytes_ = body_sent_ = 0;
  sockets_ = socket_error_ = alert_ = 0;
  ssl_error_ = 0;
  too_many_headers_ = two_lengths_ = bad_status_ = http2_ = answered_ = paused_ = flooded_ = false;
  fd_ = -1;
  last_record_ = {};
  spent_ = {};
  code = CURLE_OK;

  bool https = call.url.size() > 5 && strncasecmp(call.url.c_str(), "https", 5) == 0;
  if (https) {
    const auto& trust = profile_->settings.tls.trust ? profile_->settings.tls.trust : system_trust;
    auto store = trust->store();
    if (store) {
      store_ = *store;
    } else if (profile_->settings.tls.verify) {
      return store.error();
    } else {
      store_ = TrustStore(X509_STORE_new(), X509_STORE_free);
    }
    if (auto ready = apply_certificate(profile_->settings.tls); !ready) return ready;
  }
  curl_slist_free_all(connect_to_);
  connect_to_ = call.address ? curl_slist_append(nullptr, ("::" + call.address->bracketed() + ":").c_str()) : nullptr;
  curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_);
  curl_easy_setopt(easy_, CURLOPT_URL, call.url.c_str());
  // libcurl sends these with plain requests through a proxy, too.
  curl_easy_setopt(easy_, CURLOPT_PROXYHEADER, https ? profile_->connect_headers : profile_->proxy_headers);
  set_target(https);
  curl_slist_free_all(headers_);
  headers_ = nullptr;
  if (!call.host.empty()) headers_ = curl_slist_append(headers_, ("Host: " + call.host).c_str());
  for (const std::string& line : call.headers) headers_ = curl_slist_append(headers_, line.c_str());
  curl_slist* shared = sends_body() ? profile_->body_headers : profile_->headers;
  for (auto* line = headers_ ? shared : nullptr; line; line = line->next)
    headers_ = curl_slist_append(headers_, line->data);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_ ? headers_ : shared);
  set_body();
  reply.times.start = now();
  return {};
}

// libcurl 8 may still be closing the connection when the exchange is over and this slot serves another.
std::shared_ptr<HttpSlot*> HttpSlot::link() {
  if (!link_) link_ = std::make_shared<HttpSlot*>(this);
  return link_;
}

void HttpSlot::unlink() {
  if (link_) *link_ = nullptr;
  link_.reset();
}

void HttpSlot::forget() {
  unlink();
  call_ = nullptr;
  reply_ = nullptr;
}

}  // namespace vedette
