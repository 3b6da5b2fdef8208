#pragma once
// HTTP/2 (nghttp2) on a connection that stands: one stream, one answer.

#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http_wire.h"

struct nghttp2_session;

namespace vedette {

class Http2Wire final : public HttpWire {
 public:
  /// The call and the reply must outlive it.
  Http2Wire(const HttpCall& call, HttpReply& reply);
  ~Http2Wire() override;
  std::string_view unsent() override;
  void sent(std::size_t size) override { at_ += size; }
  bool asked() const override { return asked_ && at_ == out_.size(); }
  HttpState feed(std::string_view bytes) override;
  HttpState end() override;
  HttpState state() override;

 private:
  friend struct Http2Callbacks;
  void ask();
  HttpState fail(Reason reason, std::string sentence);
  HttpState verdict();

  const HttpCall& call_;
  HttpReply& reply_;
  nghttp2_session* session_ = nullptr;
  std::string out_;  // frames made, of which `at_` bytes have been sent
  std::size_t at_ = 0;
  std::size_t body_at_ = 0;
  bool asked_ = false;      // the last frame of the request has been made
  bool answering_ = false;  // the block of headers under way began with a status
  std::size_t header_bytes_ = 0;
  bool answered_ = false;   // the last frame of the answer has come
  bool closed_ = false;     // the stream has ended
  std::uint32_t code_ = 0;  // how
};

}  // namespace vedette
