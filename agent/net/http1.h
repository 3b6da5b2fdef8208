#pragma once
// HTTP/1.1 on a connection that stands.

#include <array>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http1_answer.h"
#include "net/http_wire.h"

namespace vedette {

/// What lies between the scheme and the path of a URL: host and port.
std::string_view authority_of(std::string_view url);
/// The path with its query, "/" when there is none.
std::string path_of(std::string_view url);
/// The host, without brackets and port.
std::string host_of(std::string_view url);
int port_of(std::string_view url);
/// As the authority belongs into a Host header: without the port that goes without saying, and without an interface.
std::string host_header(std::string_view url);

class Http1Wire final : public HttpWire {
 public:
  /// A body up to this size goes out in one piece with its head.
  static constexpr std::size_t kSmallBody = 16 << 10;

  /// The call and the reply must outlive it.
  Http1Wire(const HttpCall& call, HttpReply& reply);
  std::string_view unsent() override;
  void sent(std::size_t size) override;
  bool asked() const override;
  HttpState feed(std::string_view bytes) override { return answer_.feed(bytes); }
  HttpState end() override { return answer_.end(); }

 private:
  void write_head(const HttpCall& call);
  std::string head_, tail_;               // around the call's body
  std::array<std::string_view, 3> left_;  // what has not been sent yet
  Http1Answer answer_;
};

}  // namespace vedette
