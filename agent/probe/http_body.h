#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/decoder.h"
#include "net/http.h"

namespace vedette {

/// The answer's body on its way in: uncompressed, counted, bounded, and kept only if somebody will look at it.
class HttpBody final : public BodySink {
 public:
  /// Most that is kept for patterns: a body without end must not eat the agent.
  static constexpr std::size_t kMostKept = 8 << 20;

  /// limit 0: none.
  HttpBody(Compression compression, std::uint64_t limit, bool keep) : limit_(limit), keep_(keep) {
    if (compression != Compression::none) decoder_.emplace(compression);
  }

  /// The next answer is a redirect that will be followed when this says so: its body is of no interest.
  void watch(const HttpReply* reply, bool follow) {
    reply_ = reply;
    follow_ = follow;
  }
  bool take(std::string_view piece) override;
  /// After the last piece: a compressed body must have come to its end.
  void end();

  std::uint64_t length() const { return length_; }
  const std::string& text() const { return text_; }
  bool broken() const { return broken_; }
  bool over_limit() const { return over_limit_; }
  bool too_large_to_keep() const { return too_large_; }

 private:
  bool keep(std::string_view piece);
  std::optional<Decoder> decoder_;  // a compressed body's
  std::uint64_t limit_;
  bool keep_;
  const HttpReply* reply_ = nullptr;
  bool follow_ = false;
  std::uint64_t length_ = 0;
  std::string text_;
  bool broken_ = false, over_limit_ = false, too_large_ = false;
};

/// True for a status and headers that lead elsewhere.
bool leads_elsewhere(const HttpReply& reply);

}  // namespace vedette
