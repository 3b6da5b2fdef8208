#pragma once
// TLS from the server's side: what is offered and demanded, and the encryption of one connection. Nothing here waits.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tls_budget.h"

struct ssl_st;
struct ssl_ctx_st;

namespace vedette {

/// Go's policies for certificates of clients.
enum class ClientAuth { none, request, require_any, verify_if_given, require_and_verify };

struct TlsServerOptions {
  std::string certificate;  // PEM: our own first, then those that signed it
  std::string key;          // PEM
  ClientAuth client_auth = ClientAuth::none;
  std::string client_authorities;         // PEM; empty: the system's
  std::vector<std::string> client_names;  // a client's certificate must be for one of these; empty: for any
  std::vector<std::string> ciphers;       // Go's names; empty: those that are good today
  std::vector<std::string> curves;        // Go's names
  int least = *version("TLS12"), most = *version("TLS13");
  bool own_order = true;  // our order of ciphers counts, not the client's

  /// "TLS12" as OpenSSL counts; none of an unknown word.
  static std::optional<int> version(std::string_view word);
  static bool knows_cipher(std::string_view go_name);
  static bool knows_curve(std::string_view go_name);
};

/// What is wrong with such a PEM text by itself. No message holds any of it.
Result<void> check_certificate_pem(const std::string& pem);
Result<void> check_key_pem(const std::string& pem);

/// Options made ready, shared by all connections. Immutable; any thread.
class TlsServer {
 public:
  static Result<std::shared_ptr<const TlsServer>> make(const TlsServerOptions& options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;

 private:
  friend class TlsSession;
  friend struct TlsCallbacks;
  TlsServer() = default;
  ssl_ctx_st* context_ = nullptr;
  bool verifies_ = false;
  std::vector<std::string> client_names_;
};

/// One connection's encryption on a non-blocking socket, which stays the caller's. One thread at a time.
class TlsSession {
 public:
  TlsSession(std::shared_ptr<const TlsServer> server, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;

  /// `closed`: the other side has ended its stream. After `failed` only why() and spoke_http() are of use.
  enum class Step { done, wants_read, wants_write, closed, failed };
  Step handshake();
  /// `size` is the room before the call and what was read after it.
  Step read(char* bytes, std::size_t& size);
  Step write(const char* bytes, std::size_t& size);
  /// Tells the other side that nothing more comes.
  Step close();

  /// Why the handshake failed, in one sentence.
  std::string why() const;
  /// The client spoke HTTP without TLS.
  bool spoke_http() const { return spoke_http_; }

 private:
  Step step_of(int result);
  std::shared_ptr<const TlsServer> server_;
  ssl_st* ssl_;
  TlsBudget budget_;
  unsigned long error_ = 0;
  bool spoke_http_ = false;
};

}  // namespace vedette
