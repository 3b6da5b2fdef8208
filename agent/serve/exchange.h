#pragma once
// One request and its answer on a connection of civetweb's. Lives on the worker's stack while the request is answered.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/web.h"

struct mg_connection;

namespace vedette {

/// civetweb waits this long for the next bytes of a request, and for room for the next bytes of an answer.
inline constexpr milliseconds kWebWait{1500};

class Exchange {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// `may_keep`: the connection may serve further requests if the client wants that too. `added`: headers of every
  /// answer; they outlive this.
  Exchange(mg_connection* connection, bool may_keep, const Headers& added);

  /// A code and a sentence to refuse the request with.
  struct Refusal {
    int code;
    std::string_view why;
  };
  /// Method, path, query and headers. HEAD reads as GET: only this class knows that the body is not sent.
  std::optional<Refusal> read_head(WebRequest& request);
  /// The body, at most `limit` bytes of it.
  std::optional<Refusal> read_body(WebRequest& request, std::size_t limit);

  void send(const WebResponse& response);
  /// An answer in one line, after which the connection closes.
  void refuse(const Refusal& refusal, const Headers& headers = {});
  /// After an exception: 500, or a cut when the answer had begun.
  void fail();
  /// Swallows what a refused client still sends, so that closing does not take the answer away from it.
  void drain();

  /// From now on the answer goes out on this socket, not through the worker, whose connection is to close.
  void leave_worker(int socket);

  /// The code that was sent; 0 before that.
  int status() const { return status_; }

 private:
  std::optional<Refusal> check_framing();
  std::string head(const WebResponse& response, std::string_view framing);
  void send_whole(const WebResponse& response);
  void send_stream(const WebResponse& response);
  bool write(std::string_view bytes);
  bool write_by_ourselves(std::string_view bytes) const;
  void close_after();

  mg_connection* connection_;  // null: the worker has other things to do
  int socket_ = -1;            // then this one
  bool keep_;
  const Headers& added_;
  bool has_body_ = true;  // false: HEAD
  bool is_http_1_0_ = false;
  bool is_chunked_ = false;   // the request's body
  std::uint64_t length_ = 0;  // likewise
  bool refused_ = false;
  bool is_silent_ = false;  // the client stopped sending: nothing to swallow
  int status_ = 0;
  Time write_deadline_{};
};

}  // namespace vedette
