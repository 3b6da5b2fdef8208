#pragma once
// Why a probe failed: a phase and a reason from closed sets (they become labels), and a sentence for people (it never
// does).

#include <span>
#include <string>
#include <string_view>

namespace vedette {

/// How far a run had come. `agent` is trouble of our own: it says nothing of the target.
enum class Phase { agent, resolve, connect, tls, request, response, check };

std::string_view phase_name(Phase phase);

// name of the label value, what it means to a reader of the docs
#define VEDETTE_REASONS(X)                                                                   \
  X(dns_nxdomain, "the name does not exist")                                                 \
  X(dns_no_address, "the name exists but has no address of a wanted family")                 \
  X(dns_servfail, "the name server failed")                                                  \
  X(dns_refused, "the name server refused to answer")                                        \
  X(dns_bad_name, "the name cannot be asked for")                                            \
  X(dns_bad_answer, "the name server's answer makes no sense")                               \
  X(dns_timeout, "no name server answered in time")                                          \
  X(connect_refused, "nothing listens at the address")                                       \
  X(connect_unreachable, "no route to the address")                                          \
  X(connect_reset, "the connection was cut while it was being made")                         \
  X(connect_failed, "the connection could not be made for another reason")                   \
  X(proxy_refused, "the proxy would not connect us")                                         \
  X(tls_expired, "the certificate has expired")                                              \
  X(tls_not_yet_valid, "the certificate is not valid yet")                                   \
  X(tls_unknown_authority, "the certificate's issuer is not trusted")                        \
  X(tls_self_signed, "the certificate is self-signed and not trusted")                       \
  X(tls_wrong_name, "the certificate is for another name")                                   \
  X(tls_revoked, "the certificate is revoked")                                               \
  X(tls_bad_certificate, "the certificate or its chain is broken in another way")            \
  X(tls_version, "no common TLS version")                                                    \
  X(tls_client_certificate, "the server wants another client certificate or none was given") \
  X(tls_handshake, "the TLS handshake failed for another reason")                            \
  X(timeout, "the time ran out in this phase")                                               \
  X(reset, "the connection was cut by a reset")                                              \
  X(closed, "the connection was closed before an answer came")                               \
  X(truncated, "the answer ended too early")                                                 \
  X(malformed, "the answer breaks its protocol")                                             \
  X(http2_error, "the server ended the HTTP/2 stream or connection with an error")           \
  X(too_many_redirects, "the redirects did not end")                                         \
  X(bad_redirect, "the redirect leads nowhere we can go")                                    \
  X(compression, "the body is not compressed as configured")                                 \
  X(body_too_large, "the body is larger than allowed")                                       \
  X(headers_too_large, "the headers are larger than any server should send")                 \
  X(status, "the status code is not a valid one")                                            \
  X(http_version, "the HTTP version is not a valid one")                                     \
  X(header_mismatch, "a header fails its rule")                                              \
  X(body_mismatch, "the body fails its rule")                                                \
  X(ssl_used, "the final answer came over TLS, which the module forbids")                    \
  X(ssl_missing, "the final answer did not come over TLS, which the module demands")         \
  X(bad_target, "the target's address cannot be used")                                       \
  X(secret_unreadable, "a file with a secret, a key, a CA or a body cannot be read")         \
  X(out_of_resources, "the agent lacks descriptors, memory or ports")                        \
  X(internal, "the agent itself failed")

enum class Reason {
#define VEDETTE_REASON(name, help) name,
  VEDETTE_REASONS(VEDETTE_REASON)
#undef VEDETTE_REASON
};

std::string_view reason_name(Reason reason);

struct ReasonText {
  std::string_view name, help;
};
/// The whole closed set, for the docs and their test.
std::span<const ReasonText> all_reasons();

struct Failure {
  Phase phase;
  Reason reason;
  std::string sentence;
};

}  // namespace vedette
