#pragma once
// How one request and its answer look on a connection that stands: HTTP/1.1 or HTTP/2. Knows no socket, no TLS, no
// clock.

#include <cstddef>
#include <string_view>

namespace vedette {

/// No server that means well sends more; a flood of 1xx answers or of header lines ends here.
inline constexpr std::size_t kMostHeaderBytes = 1 << 20;
/// The same of their number: each line also costs whoever keeps it or looks for one.
inline constexpr std::size_t kMostHeaderLines = 1000;
inline constexpr const char* kHeadersTooLarge = "the answer's headers are larger than any server should send";

enum class HttpState {
  more,    // the answer goes on
  done,    // it has come to its end, or the sink wanted no more (reply.stopped)
  failed,  // reply.failure says why
};

class HttpWire {
 public:
  virtual ~HttpWire() = default;

  /// What is to be sent next; empty: nothing just now. Valid until anything else is called.
  virtual std::string_view unsent() = 0;
  virtual void sent(std::size_t size) = 0;
  /// The whole request has been sent.
  virtual bool asked() const = 0;

  /// Takes what came; after anything but `more` it must not be called again.
  virtual HttpState feed(std::string_view bytes) = 0;
  /// The server has closed its side.
  virtual HttpState end() = 0;
  /// After sending: whether the session goes on.
  virtual HttpState state() { return HttpState::more; }
};

}  // namespace vedette
