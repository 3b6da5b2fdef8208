#include "net/tls_client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "net/address.h"

namespace vedette {

namespace {

constexpr unsigned char kHttp1[] = "\x08http/1.1";
constexpr unsigned char kHttp2[] = "\x02h2\x08http/1.1";

int version_number(TlsVersion version, int otherwise) {
  static constexpr int kNumbers[] = {0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return version == TlsVersion::unset ? otherwise : kNumbers[static_cast<int>(version)];
}

// Nobody sits there to be asked.
int no_password(char*, int, int, void*) { return 0; }

// The root's dot is not said aloud.
std::string without_dot(const std::string& name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

std::string last_error() {
  unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  return reason ? reason : "it cannot be read";
}

}  // namespace

// What OpenSSL calls during a handshake.
struct TlsClientCallbacks {
  static TlsConnection& of(const SSL* ssl) { return *static_cast<TlsConnection*>(SSL_get_app_data(ssl)); }

  static int verify(X509_STORE_CTX* context, void*) {
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    TlsConnection& connection = of(ssl);
    return verify_and_note(context, connection.verify_host_, connection.notes_.facts);
  }

  // The keys are made before the first record goes out: that is not the network's time.
  static void record(int written, int, int type, const void*, std::size_t, SSL* ssl, void*) {
    if (!written || type != SSL3_RT_HEADER) return;
    TlsConnection& connection = of(ssl);
    if (connection.notes_.done) return;
    connection.last_record_ = now();
    if (connection.notes_.begin == Time{}) connection.notes_.begin = connection.last_record_;
  }

  static void info(const SSL* ssl, int where, int value) {
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL)
      of(ssl).notes_.alert = value & 0xff;
  }
};

TlsClient::TlsClient(TlsOptions options, bool offer_http2)
    : options_(std::move(options)), offer_http2_(offer_http2), certificate_(options_.certificate), key_(options_.key) {}

TlsClient::~TlsClient() = default;

Result<std::shared_ptr<ssl_ctx_st>> TlsClient::refresh(const std::shared_ptr<Trust>& system_trust) {
  auto found = (options_.trust ? options_.trust : system_trust)->store();
  if (!found && options_.verify) return found.error();
  TrustStore store = found ? *found : store_ ? store_ : TrustStore(X509_STORE_new(), X509_STORE_free);
  bool files = !options_.certificate.empty() && !options_.inline_pem;
  bool changed = files && (static_cast<int>(certificate_.changed()) | static_cast<int>(key_.changed())) != 0;
  if (context_ && store == store_ && !changed) return context_;
  store_ = std::move(store);
  if (auto built = build(); !built) return built.error();
  return context_;
}

void offer(ssl_ctx_st* context, const TlsOptions& options) {
  // In Go's order of preference, for all versions before 1.3. No key exchange by plain DH: Go has none, and a hostile
  // server's parameters can make it cost a second.
  static constexpr const char* kSuites =
      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
      "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
      "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
      "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA";
  SSL_CTX_set_cipher_list(context, kSuites);
  SSL_CTX_set_min_proto_version(context, version_number(options.least, TLS1_2_VERSION));
  SSL_CTX_set_max_proto_version(context, version_number(options.most, 0));
  // A prober looks at servers as they are: distributions' stricter level would call a working one down. TLS 1.0 and 1.1
  // need SHA-1, which only level 0 allows.
  SSL_CTX_set_security_level(context, options.old() ? 0 : 1);
}

Result<void> TlsClient::build() {
  context_.reset();
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX* context = made.get();
  if (!context) return Error{"no TLS context: " + last_error()};
  offer(context, options_);
  // Go renegotiates with nobody, and talks to servers that are too old to do it safely.
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, options_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(context, TlsClientCallbacks::verify, nullptr);
  SSL_CTX_set1_verify_cert_store(context, store_.get());
  SSL_CTX_set_info_callback(context, TlsClientCallbacks::info);
  SSL_CTX_set_msg_callback(context, TlsClientCallbacks::record);
  if (offer_http2_) {
    SSL_CTX_set_alpn_protos(context, kHttp2, sizeof kHttp2 - 1);
  } else {
    SSL_CTX_set_alpn_protos(context, kHttp1, sizeof kHttp1 - 1);
  }
  if (auto loaded = load_certificate(context); !loaded) return loaded.error();
  context_ = std::move(made);
  return {};
}

Result<ClientPem> read_client_pem(const TlsOptions& options) {
  constexpr std::size_t kLargest = 1 << 20;
  ClientPem pem{options.certificate, options.key};
  std::string of_certificate = "client certificate", of_key = "key of the client certificate";
  if (!options.inline_pem) {
    of_certificate += " " + options.certificate;
    of_key += " " + options.key;
    auto certificate = read_file(options.certificate, kLargest);
    if (!certificate) return Error{of_certificate + ": " + certificate.error().message};
    auto key = read_file(options.key, kLargest);
    if (!key) return Error{of_key + ": " + key.error().message};
    pem = {*std::move(certificate), *std::move(key)};
  }
  if (pem.key.find("ENCRYPTED") != std::string::npos)
    return Error{of_key + ": it is protected by a password, and nobody is there to enter one"};
  return pem;
}

Result<void> TlsClient::load_certificate(ssl_ctx_st* context) const {
  if (options_.certificate.empty()) return {};
  auto pem = read_client_pem(options_);
  if (!pem) return pem.error();
  ERR_clear_error();
  auto memory = [](const std::string& text) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                     BIO_free);
  };
  auto chain = memory(pem->certificate), secret = memory(pem->key);
  std::unique_ptr<X509, decltype(&X509_free)> leaf(PEM_read_bio_X509_AUX(chain.get(), nullptr, nullptr, nullptr),
                                                   X509_free);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      leaf ? PEM_read_bio_PrivateKey(secret.get(), nullptr, no_password, nullptr) : nullptr, EVP_PKEY_free);
  bool good = leaf && key && SSL_CTX_use_certificate(context, leaf.get()) == 1;
  while (good) {
    X509* issuer = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr);
    if (!issuer) break;
    good = SSL_CTX_add0_chain_cert(context, issuer) == 1;
    if (!good) X509_free(issuer);
  }
  if (good) ERR_clear_error();  // the end of the chain is one
  good = good && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  if (good && SSL_CTX_check_private_key(context) == 1) return {};
  return Error{"client certificate" + (options_.inline_pem ? "" : " " + options_.certificate) + ": " + last_error()};
}

TlsConnection::TlsConnection(std::shared_ptr<ssl_ctx_st> context, int socket, const std::string& server_name,
                             const std::string& verify_host)
    : context_(std::move(context)), ssl_(SSL_new(context_.get())), verify_host_(without_dot(verify_host)) {
  if (!ssl_) return;
  SSL_set_app_data(ssl_, this);
  SSL_set_fd(ssl_, socket);
  budget_.watch(ssl_);
  // Addresses are no names.
  std::string name = without_dot(server_name);
  if (!name.empty() && !IpAddress::parse(name)) SSL_set_tlsext_host_name(ssl_, name.c_str());
  SSL_set_read_ahead(ssl_, 1);  // else each record takes two system calls
  SSL_set_connect_state(ssl_);
}

TlsConnection::~TlsConnection() { SSL_free(ssl_); }

// errno and OpenSSL's queue tell the rest, and both hold only what this call put there.
Io TlsConnection::outcome(int result) {
  int error = errno;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return Io::wait_readable;
    case SSL_ERROR_WANT_WRITE: return Io::wait_writable;
    case SSL_ERROR_ZERO_RETURN: return Io::closed;
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      notes_.lost_by = error;
      return error == 0 ? Io::cut : Io::lost;
    default: break;
  }
  notes_.error = ERR_peek_error();
  ERR_clear_error();
  notes_.lost_by = 0;
  return ERR_GET_REASON(notes_.error) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? Io::cut : Io::lost;
}

// What others left in OpenSSL's queue of errors would be taken for this connection's.
void TlsConnection::begin() {
  ERR_clear_error();
  budget_.renew();
  errno = 0;
}

Io TlsConnection::handshake() {
  begin();
  int result = SSL_do_handshake(ssl_);
  if (result != 1) return outcome(result);
  // In TLS 1.3 our own Finished ends it, in older versions the server's.
  notes_.end = SSL_version(ssl_) >= TLS1_3_VERSION && last_record_ != Time{} ? last_record_ : now();
  notes_.done = true;
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_, &protocol, &length);
  notes_.http2 = length == 2 && std::memcmp(protocol, "h2", 2) == 0;
  if (notes_.facts.seen) note_protocol(ssl_, notes_.facts);
  return Io::moved;
}

Io TlsConnection::write(std::string_view bytes, std::size_t& moved) {
  begin();
  int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &moved);
  return result == 1 ? Io::moved : outcome(result);
}

Io TlsConnection::read(std::span<char> into, std::size_t& moved) {
  begin();
  int result = SSL_read_ex(ssl_, into.data(), into.size(), &moved);
  return result == 1 ? Io::moved : outcome(result);
}

bool TlsConnection::pending() const { return SSL_has_pending(ssl_) == 1; }

void TlsConnection::goodbye() {
  begin();
  if (notes_.done && notes_.error == 0 && notes_.lost_by == 0) SSL_shutdown(ssl_);
  ERR_clear_error();
}

bool asks_for_certificate(int alert) {
  return alert == SSL_AD_CERTIFICATE_REQUIRED || alert == SSL_AD_BAD_CERTIFICATE || alert == SSL_AD_UNKNOWN_CA;
}

Failure broken_tls(const TlsNotes& notes, Phase at) {
  if (asks_for_certificate(notes.alert)) {
    return {Phase::tls, Reason::tls_client_certificate,
            std::string("the server says: ") + SSL_alert_desc_string_long(notes.alert)};
  }
  const char* reason = ERR_reason_error_string(notes.error);
  return {at, Reason::malformed, std::string("the TLS connection broke: ") + (reason ? reason : "unknown error")};
}

Failure tls_failure(const TlsNotes& notes, const TlsOptions& options, const std::string& verify_host,
                    const std::string& said) {
  auto failure = [](Reason reason, std::string sentence) { return Failure{Phase::tls, reason, std::move(sentence)}; };
  if (options.verify && notes.facts.seen) {
    if (auto wrong = certificate_failure(notes.facts, verify_host)) return *wrong;
  }
  const char* reason = notes.error != 0 ? ERR_reason_error_string(notes.error) : nullptr;
  std::string text = reason ? reason : said;
  int number = notes.error != 0 ? ERR_GET_REASON(notes.error) : 0;
  if (notes.alert != 0) text = std::string("the server says: ") + SSL_alert_desc_string_long(notes.alert);
  if (notes.alert == SSL_AD_PROTOCOL_VERSION || number == SSL_R_UNSUPPORTED_PROTOCOL ||
      number == SSL_R_WRONG_SSL_VERSION || number == SSL_R_NO_PROTOCOLS_AVAILABLE) {
    return failure(Reason::tls_version, text);
  }
  if (asks_for_certificate(notes.alert) || notes.alert == SSL_AD_CERTIFICATE_EXPIRED ||
      notes.alert == SSL_AD_CERTIFICATE_UNKNOWN) {
    return failure(Reason::tls_client_certificate, text);
  }
  if (notes.alert == 0 && (notes.error == 0 || number == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
    if (notes.lost_by == ETIMEDOUT) return failure(Reason::timeout, "the server vanished during the TLS handshake");
    bool reset = notes.lost_by == ECONNRESET || notes.lost_by == EPIPE;
    return failure(reset ? Reason::reset : Reason::closed, "the server cut the connection during the TLS handshake");
  }
  return failure(Reason::tls_handshake, "TLS handshake: " + text);
}

}  // namespace vedette
