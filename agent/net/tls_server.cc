#include "net/tls_server.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "net/address.h"
#include "net/trust.h"

namespace vedette {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

struct Name {
  std::string_view go, openssl;
};

// Those of TLS 1.3 are always on, in Go as well: naming them changes nothing.
constexpr std::string_view kAlways;
constexpr std::array kCiphers{Name{"TLS_AES_128_GCM_SHA256", kAlways}, Name{"TLS_AES_256_GCM_SHA384", kAlways},
                              Name{"TLS_CHACHA20_POLY1305_SHA256", kAlways},
                              Name{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
                              Name{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
                              Name{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
                              Name{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
                              Name{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
                              Name{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
                              Name{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
                              Name{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
                              Name{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
                              Name{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
                              // Go counts these among the good ones up to 1.21.
                              Name{"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
                              Name{"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
                              Name{"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
                              Name{"TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"}};
constexpr std::array kCurves{Name{"CurveP256", "P-256"}, Name{"CurveP384", "P-384"}, Name{"CurveP521", "P-521"},
                             Name{"X25519", "X25519"}};
constexpr const char* kGoodCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!AESCCM:!aNULL";

const Name* find(const auto& names, std::string_view go) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const Name& name) { return name.go == go; });
  return found == names.end() ? nullptr : &*found;
}

std::string joined(const auto& names, const std::vector<std::string>& wanted) {
  std::string list;
  for (const std::string& go : wanted) {
    const Name* name = find(names, go);
    if (name == nullptr || name->openssl.empty()) continue;
    list.append(list.empty() ? "" : ":").append(name->openssl);
  }
  return list;
}

Bio reading(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free}; }

/// Never asks a terminal for a password.
int no_password(char*, int, int, void*) { return 0; }

std::vector<Certificate> read_certificates(const std::string& pem) {
  std::vector<Certificate> chain;
  const Bio bio = reading(pem);
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) chain.emplace_back(next, X509_free);
  ERR_clear_error();
  return chain;
}

Key read_key(const std::string& pem) {
  const Bio bio = reading(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason ? reason : "unknown reason";
  ERR_clear_error();
  return text;
}

Result<void> use_identity(SSL_CTX* context, const TlsServerOptions& options) {
  const std::vector<Certificate> chain = read_certificates(options.certificate);
  const Key key = read_key(options.key);
  if (chain.empty() || !key) return Error{"there is no certificate with a key"};
  if (SSL_CTX_use_certificate(context, chain[0].get()) != 1) {
    return Error{"the certificate cannot be used: " + last_reason()};
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return Error{"a certificate of the chain cannot be used: " + last_reason()};
    }
  }
  if (X509_check_private_key(chain[0].get(), key.get()) != 1) {
    ERR_clear_error();
    return Error{"the key does not belong to the certificate"};
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return Error{"the key cannot be used: " + last_reason()};
  return {};
}

Result<void> use_protocol(SSL_CTX* context, const TlsServerOptions& options) {
  // OpenSSL as distributions set it up refuses what the file may ask for: TLS below 1.2 needs level 0.
  SSL_CTX_set_security_level(context, options.least < TLS1_2_VERSION ? 0 : 1);
  int least = options.least;
  const std::string ciphers = joined(kCiphers, options.ciphers);
  if (!options.ciphers.empty() && ciphers.empty()) {  // only such of TLS 1.3
    if (options.most < TLS1_3_VERSION) return Error{"no cipher is left for TLS below 1.3"};
    least = TLS1_3_VERSION;
  }
  SSL_CTX_set_min_proto_version(context, least);
  SSL_CTX_set_max_proto_version(context, options.most);
  if (SSL_CTX_set_cipher_list(context, ciphers.empty() ? kGoodCiphers : ciphers.c_str()) != 1) {
    return Error{"the ciphers cannot be used: " + last_reason()};
  }
  const std::string curves = joined(kCurves, options.curves);
  if (!curves.empty() && SSL_CTX_set1_groups_list(context, curves.c_str()) != 1) {
    return Error{"the curves cannot be used: " + last_reason()};
  }
  std::uint64_t settings = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET;
  // Many clients hang up without a farewell; HTTP knows by itself whether something is missing.
  settings |= SSL_OP_IGNORE_UNEXPECTED_EOF;
  if (options.own_order) settings |= SSL_OP_CIPHER_SERVER_PREFERENCE;
  SSL_CTX_set_options(context, settings);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Nobody comes back with what a former handshake, under former rules, found out.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  return {};
}

/// Tells the client which authorities its certificate should come from.
void announce(SSL_CTX* context, X509_STORE* store) {
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    const X509* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (certificate != nullptr) sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(certificate)));
  }
  SSL_CTX_set_client_CA_list(context, names);
}

Result<void> use_authorities(SSL_CTX* context, const TlsServerOptions& options) {
  auto trust = options.client_authorities.empty() ? Trust::of_system() : Trust::of_text(options.client_authorities);
  if (!trust) return Error{"the clients' authorities: " + trust.error().message};
  auto store = (*trust)->store();
  if (!store) return store.error();
  SSL_CTX_set1_verify_cert_store(context, store->get());
  if (!options.client_authorities.empty()) announce(context, store->get());
  return {};
}

/// An alternative name as text; empty of the kinds that nobody writes into a configuration.
std::string name_text(const GENERAL_NAME* name) {
  int kind = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &kind));
  if (kind != GEN_DNS && kind != GEN_EMAIL && kind != GEN_URI && kind != GEN_IPADD) return {};
  std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                   static_cast<std::size_t>(ASN1_STRING_length(value)));
  if (kind != GEN_IPADD) return text;
  if (text.size() != 4 && text.size() != 16) return {};
  IpAddress address;
  address.family = text.size() == 4 ? Family::ip4 : Family::ip6;
  std::memcpy(address.bytes.data(), text.data(), text.size());
  return address.text();
}

bool is_for_one_of(const X509* certificate, const std::vector<std::string>& wanted) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; ++i) {
    const std::string text = name_text(sk_GENERAL_NAME_value(names, i));
    found = !text.empty() && std::find(wanted.begin(), wanted.end(), text) != wanted.end();
  }
  GENERAL_NAMES_free(names);
  return found;
}

}  // namespace

struct TlsCallbacks {
  /// Called only when the client has sent a certificate.
  static int verify(X509_STORE_CTX* context, void* server_of) {
    const auto& server = *static_cast<const TlsServer*>(server_of);
    if (server.verifies_ && X509_verify_cert(context) != 1) return 0;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    if (server.client_names_.empty()) return 1;
    if (is_for_one_of(X509_STORE_CTX_get0_cert(context), server.client_names_)) return 1;
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }

  static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                             unsigned offered_size, void*) {
    static constexpr unsigned char kOurs[] = "\x08http/1.1\x08http/1.0";
    unsigned char* found = nullptr;
    const int result = SSL_select_next_proto(&found, size, kOurs, sizeof kOurs - 1, offered, offered_size);
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }
};

std::optional<int> TlsServerOptions::version(std::string_view word) {
  if (word == "TLS10") return TLS1_VERSION;
  if (word == "TLS11") return TLS1_1_VERSION;
  if (word == "TLS12") return TLS1_2_VERSION;
  if (word == "TLS13") return TLS1_3_VERSION;
  return std::nullopt;
}

bool TlsServerOptions::knows_cipher(std::string_view go_name) { return find(kCiphers, go_name) != nullptr; }

bool TlsServerOptions::knows_curve(std::string_view go_name) { return find(kCurves, go_name) != nullptr; }

Result<void> check_certificate_pem(const std::string& pem) {
  if (read_certificates(pem).empty()) return Error{"holds no certificate in PEM"};
  return {};
}

Result<void> check_key_pem(const std::string& pem) {
  if (read_key(pem)) return {};
  if (pem.find("ENCRYPTED") != std::string::npos) return Error{"holds a key with a password, which nobody could enter"};
  return Error{"holds no private key in PEM"};
}

Result<std::shared_ptr<const TlsServer>> TlsServer::make(const TlsServerOptions& options) {
  std::shared_ptr<TlsServer> server(new TlsServer);
  server->context_ = SSL_CTX_new(TLS_server_method());
  if (server->context_ == nullptr) return Error{"TLS cannot be used: " + last_reason()};
  SSL_CTX* context = server->context_;
  if (auto used = use_protocol(context, options); !used) return used.error();
  if (auto used = use_identity(context, options); !used) return used.error();
  SSL_CTX_set_alpn_select_cb(context, TlsCallbacks::choose_protocol, nullptr);
  if (options.client_auth == ClientAuth::none) return std::shared_ptr<const TlsServer>(std::move(server));
  server->client_names_ = options.client_names;
  server->verifies_ =
      options.client_auth == ClientAuth::verify_if_given || options.client_auth == ClientAuth::require_and_verify;
  if (server->verifies_ || !options.client_authorities.empty()) {
    if (auto used = use_authorities(context, options); !used) return used.error();
  }
  const bool required = options.client_auth == ClientAuth::require_any ||
                        options.client_auth == ClientAuth::require_and_verify || !options.client_names.empty();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_cert_verify_callback(context, TlsCallbacks::verify, server.get());
  return std::shared_ptr<const TlsServer>(std::move(server));
}

TlsServer::~TlsServer() { SSL_CTX_free(context_); }

TlsSession::TlsSession(std::shared_ptr<const TlsServer> server, int socket)
    : server_(std::move(server)), ssl_(SSL_new(server_->context_)) {
  if (ssl_ == nullptr) return;
  SSL_set_fd(ssl_, socket);
  budget_.watch(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::Step TlsSession::step_of(int result) {
  if (result > 0) return Step::done;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return Step::wants_read;
    case SSL_ERROR_WANT_WRITE: return Step::wants_write;
    case SSL_ERROR_ZERO_RETURN: return Step::closed;
    default: break;
  }
  error_ = ERR_peek_error();
  spoke_http_ = ERR_GET_LIB(error_) == ERR_LIB_SSL && ERR_GET_REASON(error_) == SSL_R_HTTP_REQUEST;
  ERR_clear_error();
  return Step::failed;
}

TlsSession::Step TlsSession::handshake() {
  if (ssl_ == nullptr) return Step::failed;
  ERR_clear_error();
  budget_.renew();
  return step_of(SSL_accept(ssl_));
}

TlsSession::Step TlsSession::read(char* bytes, std::size_t& size) {
  ERR_clear_error();
  budget_.renew();
  const std::size_t room = std::exchange(size, 0);
  return step_of(SSL_read_ex(ssl_, bytes, room, &size));
}

TlsSession::Step TlsSession::write(const char* bytes, std::size_t& size) {
  ERR_clear_error();
  budget_.renew();
  const std::size_t given = std::exchange(size, 0);
  return step_of(SSL_write_ex(ssl_, bytes, given, &size));
}

TlsSession::Step TlsSession::close() {
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_);
  return result == 0 ? Step::done : step_of(result);  // 0: ours is on its way, theirs is not needed
}

std::string TlsSession::why() const {
  const long verdict = ssl_ == nullptr ? X509_V_OK : SSL_get_verify_result(ssl_);
  if (verdict == X509_V_ERR_APPLICATION_VERIFICATION) return "the client's certificate has none of the allowed names";
  if (verdict != X509_V_OK) return std::string("the client's certificate: ") + X509_verify_cert_error_string(verdict);
  const char* reason = ERR_reason_error_string(error_);
  return reason ? reason : "the client hung up";
}

}  // namespace vedette
