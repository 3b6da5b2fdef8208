#include "net/failures.h"

#include <cerrno>
#include <cstring>

namespace vedette {

Failure connect_failure(int error, const std::string& where) {
  auto failure = [&](Phase at, Reason reason) {
    return Failure{at, reason, "connecting to " + where + ": " + std::strerror(error)};
  };
  switch (error) {
    case ECONNREFUSED: return failure(Phase::connect, Reason::connect_refused);
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL: return failure(Phase::connect, Reason::connect_unreachable);
    case ECONNRESET: return failure(Phase::connect, Reason::connect_reset);
    case ETIMEDOUT: return failure(Phase::connect, Reason::timeout);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS: return failure(Phase::agent, Reason::out_of_resources);
    default: return failure(Phase::connect, Reason::connect_failed);
  }
}

Failure out_of_time(Wake why, Phase at, bool answered) {
  if (why == Wake::cancelled) return {Phase::agent, Reason::internal, "the agent ended before the probe did"};
  const char* what = at == Phase::connect   ? "connecting"
                     : at == Phase::tls     ? "the TLS handshake"
                     : at == Phase::request ? "sending the request"
                     : answered             ? "reading the answer"
                                            : "waiting for the first byte of the answer";
  return {at, Reason::timeout, std::string("the probe's timeout ended ") + what};
}

}  // namespace vedette
