#include "net/decoder.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <array>
#include <string>

namespace vedette {

struct Decoder::Engine {
  Compression compression;
  z_stream zlib{};
  BrotliDecoderState* brotli = nullptr;
  State state = State::more;
  std::array<char, 32 * 1024> buffer;

  std::string rest;  // of what was fed, while it waits for another call
  bool waits = false;

  /// What one call of the library came to.
  struct Step {
    State state = State::more;
    std::size_t made = 0;
    bool hungry = false;  // nothing more comes out before more is fed
  };

  Step inflate_some(std::string_view& in) {
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    zlib.avail_in = static_cast<uInt>(in.size());
    zlib.next_out = reinterpret_cast<Bytef*>(buffer.data());
    zlib.avail_out = buffer.size();
    int code = inflate(&zlib, Z_NO_FLUSH);
    in.remove_prefix(in.size() - zlib.avail_in);
    Step step;
    step.made = buffer.size() - zlib.avail_out;
    if (code == Z_STREAM_END && compression == Compression::gzip && !in.empty()) {
      if (inflateReset(&zlib) != Z_OK) step.state = State::broken;
    } else if (code == Z_STREAM_END) {
      step.state = State::ended;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      step.state = State::broken;
    } else {
      step.hungry = (in.empty() && zlib.avail_out != 0) || (code == Z_BUF_ERROR && step.made == 0);
    }
    return step;
  }

  Step unbrotli_some(std::string_view& in) {
    auto* from = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* to = reinterpret_cast<std::uint8_t*>(buffer.data());
    std::size_t in_left = in.size(), out_left = buffer.size();
    BrotliDecoderResult code = BrotliDecoderDecompressStream(brotli, &in_left, &from, &out_left, &to, nullptr);
    in.remove_prefix(in.size() - in_left);
    Step step;
    step.made = buffer.size() - out_left;
    if (code == BROTLI_DECODER_RESULT_SUCCESS) step.state = State::ended;
    if (code == BROTLI_DECODER_RESULT_ERROR) step.state = State::broken;
    step.hungry = code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
    return step;
  }

  // Leaves in `in` what was not read.
  State unpack(std::string_view& in, const Out& out) {
    waits = false;
    for (std::size_t made = 0; made < kMostAtOnce;) {
      Step step = compression == Compression::brotli ? unbrotli_some(in) : inflate_some(in);
      if (step.made != 0 && !out({buffer.data(), step.made})) return State::stopped;
      if (step.state != State::more || step.hungry) return step.state;
      made += step.made;
    }
    waits = true;
    return State::more;
  }
};

Decoder::Decoder(Compression compression) : engine_(std::make_unique_for_overwrite<Engine>()) {
  engine_->compression = compression;
  if (compression == Compression::brotli) {
    engine_->brotli = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
    if (!engine_->brotli) engine_->state = State::broken;
  } else if (compression != Compression::none) {
    int window = compression == Compression::gzip ? 15 + 16 : -15;
    if (inflateInit2(&engine_->zlib, window) != Z_OK) engine_->state = State::broken;
  }
}

Decoder::~Decoder() {
  if (!engine_) return;
  if (engine_->brotli) BrotliDecoderDestroyInstance(engine_->brotli);
  if (engine_->compression == Compression::gzip || engine_->compression == Compression::deflate)
    inflateEnd(&engine_->zlib);
}

Decoder::Decoder(Decoder&&) noexcept = default;

Decoder::State Decoder::state() const { return engine_->state; }

bool Decoder::waits() const { return engine_->waits; }

Decoder::State Decoder::feed(std::string_view piece, const Out& out) {
  if (engine_->state == State::ended && engine_->compression == Compression::gzip && !piece.empty()) {
    // A gzip file may have several members, one after the other.
    engine_->state = inflateReset(&engine_->zlib) == Z_OK ? State::more : State::broken;
  }
  if (engine_->state != State::more || piece.empty()) return engine_->state;
  if (engine_->compression == Compression::none) return engine_->state = out(piece) ? State::more : State::stopped;
  if (engine_->waits) {
    engine_->rest.append(piece);
    return engine_->state;
  }
  engine_->state = engine_->unpack(piece, out);
  if (engine_->waits) engine_->rest = piece;
  return engine_->state;
}

Decoder::State Decoder::go_on(const Out& out) {
  if (!engine_->waits) return engine_->state;
  std::string_view in = engine_->rest;
  engine_->state = engine_->unpack(in, out);
  engine_->rest.erase(0, engine_->rest.size() - in.size());
  return engine_->state;
}

}  // namespace vedette
