#pragma once

#include <atomic>
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
  /// And by all probes under way together.
  static constexpr std::size_t kMostKeptByAll = 256 << 20;

  /// limit 0: none.
  HttpBody(Compression compression, std::uint64_t limit, bool keep) : limit_(limit), keep_(keep) {
    if (compression != Compression::none) decoder_.emplace(compression);
  }
  ~HttpBody() override { kept_by_all_ -= counted_; }
  HttpBody(const HttpBody&) = delete;

  /// The next answer is a redirect that will be followed when this says so: its body is of no interest.
  void watch(const HttpReply* reply, bool follow) {
    reply_ = reply;
    follow_ = follow;
    leads_elsewhere_.reset();
  }
  bool take(std::string_view piece) override;
  bool waits() const override { return decoder_ && decoder_->waits(); }
  bool go_on() override;
  /// After the last piece: a compressed body must have come to its end.
  void end();

  std::uint64_t length() const { return length_; }
  const std::string& text() const { return text_; }
  bool broken() const { return broken_; }
  bool over_limit() const { return over_limit_; }
  bool too_large_to_keep() const { return too_large_; }
  bool no_room() const { return no_room_; }

 private:
  bool keep(std::string_view piece);
  bool store(std::string_view piece);
  bool goes_on(Decoder::State state);

  static inline std::atomic<std::size_t> kept_by_all_ = 0;
  std::optional<Decoder> decoder_;  // a compressed body's
  std::uint64_t limit_;
  bool keep_;
  const HttpReply* reply_ = nullptr;
  bool follow_ = false;
  std::optional<bool> leads_elsewhere_;  // of this answer; its headers are looked through once
  std::uint64_t length_ = 0;
  std::string text_;
  std::size_t counted_ = 0;  // of ours, in kept_by_all_
  bool broken_ = false, over_limit_ = false, too_large_ = false, no_room_ = false;
};

/// True for a status and headers that lead elsewhere.
bool leads_elsewhere(const HttpReply& reply);

}  // namespace vedette
