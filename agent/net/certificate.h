#pragma once
// What a TLS handshake tells about the server: taken while the chain is being verified, so it is known also when that
// fails.

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/failure.h"

struct x509_st;
struct x509_store_ctx_st;
struct ssl_st;

namespace vedette {

struct CertificateFacts {
  std::string subject, issuer;  // in the order and escapes of Go's pkix.Name: CN=…,OU=…,O=…
  std::string serial;           // lower-case hex, an even number of digits
  std::string fingerprint;      // SHA-256, lower-case hex
  std::string names;            // DNS names, joined with commas
  std::string addresses;        // IP addresses that it is for, likewise
  /// Both, as people are told whom it is for.
  std::string names_and_addresses() const;
  WallTime not_before{}, not_after{};
};

struct TlsFacts {
  std::string version;  // "TLS 1.3"
  std::string cipher;   // IANA name
  CertificateFacts leaf;
  std::vector<CertificateFacts> sent;    // the whole chain, leaf first; only subject, issuer and dates of the rest
  WallTime earliest_expiry{};            // of what was sent
  std::optional<WallTime> chain_expiry;  // of the verified chain; none when it could not be verified
  int verify_error = 0;                  // OpenSSL's X509_V_ERR_…; 0: the chain is good
  int verify_depth = 0;
  bool name_matches = true;
  bool seen = false;  // a certificate arrived at all
};

CertificateFacts certificate_facts(x509_st* certificate);

/// Version and cipher of a connection: during the handshake what is agreed on so far.
void note_protocol(const ssl_st* ssl, TlsFacts& facts);

/// Verifies the chain and the name and notes everything about it. `host` is the name or address the leaf must be for.
/// Returns what OpenSSL's verification callback must return.
int verify_and_note(x509_store_ctx_st* context, const std::string& host, TlsFacts& facts);

/// Why the certificate was not accepted; none if nothing is wrong with it.
std::optional<Failure> certificate_failure(const TlsFacts& facts, const std::string& host);

}  // namespace vedette
