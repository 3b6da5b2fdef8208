#pragma once
// TLS from the client's side on sockets of our own: a context that many handshakes share, and one connection's
// encryption. Nothing here waits. Loop thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/certificate.h"
#include "net/tls_budget.h"
#include "net/tls_options.h"

struct ssl_st;
struct ssl_ctx_st;

namespace vedette {

/// What an attempt to move bytes came to.
enum class Io {
  moved,
  wait_readable,
  wait_writable,
  closed,  // the other side has ended the stream properly
  cut,     // or without saying so, which only TLS can tell
  lost,    // by an error
};

/// Options made ready for OpenSSL, which takes as long as a fifth of a handshake: once, not at each of them.
class TlsClient {
 public:
  TlsClient(TlsOptions options, bool offer_http2);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;

  /// The context for a handshake now: authorities, certificate and key are read again when they have changed. An error
  /// names the file.
  Result<std::shared_ptr<ssl_ctx_st>> refresh(const std::shared_ptr<Trust>& system_trust);

 private:
  Result<void> build();
  Result<void> load_certificate(ssl_ctx_st* context) const;

  TlsOptions options_;
  bool offer_http2_;
  FileWatch certificate_, key_;
  TrustStore store_;
  std::shared_ptr<ssl_ctx_st> context_;
};

/// What a connection told about itself, also when it failed.
struct TlsNotes {
  TlsFacts facts;
  Time begin{}, end{};      // of the handshake, as the network saw it
  bool done = false;        // it succeeded
  bool http2 = false;       // agreed on
  int alert = 0;            // the fatal one that the server sent
  unsigned long error = 0;  // OpenSSL's
  int lost_by = 0;          // errno of what was lost; 0: it was TLS itself
};

/// The client's certificate with its chain, and its key.
struct ClientPem {
  std::string certificate, key;
};
/// Files are read now. An error names the file.
Result<ClientPem> read_client_pem(const TlsOptions& options);
/// Which versions and suites a context offers, and how strict it is: as Go's clients do.
void offer(ssl_ctx_st* context, const TlsOptions& options);

class TlsConnection {
 public:
  /// `server_name` is told to the server, `verify_host` is what its certificate must be for. The socket is connected,
  /// does not block and stays the caller's.
  TlsConnection(std::shared_ptr<ssl_ctx_st> context, int socket, const std::string& server_name,
                const std::string& verify_host);
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;

  /// False: OpenSSL had no memory for it.
  bool made() const { return ssl_ != nullptr; }
  Io handshake();
  Io write(std::string_view bytes, std::size_t& moved);
  Io read(std::span<char> into, std::size_t& moved);
  /// There may be more to read without the socket being readable.
  bool pending() const;
  /// Tells the server that this was all, without waiting for its word.
  void goodbye();

  TlsNotes& notes() { return notes_; }
  /// errno of what was lost; 0: it was TLS itself.
  int lost_by() const { return notes_.lost_by; }

 private:
  friend struct TlsClientCallbacks;
  void begin();
  Io outcome(int result);

  std::shared_ptr<ssl_ctx_st> context_;  // the one of the handshake, whatever is refreshed meanwhile
  ssl_st* ssl_;
  TlsBudget budget_;
  std::string verify_host_;
  TlsNotes notes_;
  Time last_record_{};  // of ours
};

/// True for the alerts by which a server says that it wants another client certificate. TLS 1.3 servers send them after
/// the handshake, in answer to the request.
bool asks_for_certificate(int alert);
/// What OpenSSL found wrong on a connection whose handshake had succeeded.
Failure broken_tls(const TlsNotes& notes, Phase at);
/// Why a handshake failed. `said`: where OpenSSL has no word for it.
Failure tls_failure(const TlsNotes& notes, const TlsOptions& options, const std::string& verify_host,
                    const std::string& said);

}  // namespace vedette
