#include "net/decoder.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <array>

namespace vedette {

struct Decoder::Engine {
  Compression compression;
  z_stream zlib{};
  BrotliDecoderState* brotli = nullptr;
  State state = State::more;
  std::array<char, 32 * 1024> buffer;

  State inflate_piece(std::string_view piece, const std::function<bool(std::string_view)>& out) {
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    zlib.avail_in = static_cast<uInt>(piece.size());
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(buffer.data());
      zlib.avail_out = buffer.size();
      int code = inflate(&zlib, Z_NO_FLUSH);
      std::size_t made = buffer.size() - zlib.avail_out;
      if (made != 0 && !out({buffer.data(), made})) return State::stopped;
      if (code == Z_STREAM_END && compression == Compression::gzip && zlib.avail_in != 0) {
        if (inflateReset(&zlib) != Z_OK) return State::broken;
        continue;
      }
      if (code == Z_STREAM_END) return State::ended;
      if (code != Z_OK && code != Z_BUF_ERROR) return State::broken;
      if (code == Z_BUF_ERROR && made == 0) break;
    } while (zlib.avail_in != 0 || zlib.avail_out == 0);
    return State::more;
  }

  State unbrotli_piece(std::string_view piece, const std::function<bool(std::string_view)>& out) {
    auto* in = reinterpret_cast<const std::uint8_t*>(piece.data());
    std::size_t in_left = piece.size();
    while (true) {
      auto* to = reinterpret_cast<std::uint8_t*>(buffer.data());
      std::size_t out_left = buffer.size();
      BrotliDecoderResult code = BrotliDecoderDecompressStream(brotli, &in_left, &in, &out_left, &to, nullptr);
      std::size_t made = buffer.size() - out_left;
      if (made != 0 && !out({buffer.data(), made})) return State::stopped;
      if (code == BROTLI_DECODER_RESULT_SUCCESS) return State::ended;
      if (code == BROTLI_DECODER_RESULT_ERROR) return State::broken;
      if (code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return State::more;
    }
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

Decoder::State Decoder::feed(std::string_view piece, const std::function<bool(std::string_view)>& out) {
  if (engine_->state == State::ended && engine_->compression == Compression::gzip && !piece.empty()) {
    // A gzip file may have several members, one after the other.
    engine_->state = inflateReset(&engine_->zlib) == Z_OK ? State::more : State::broken;
  }
  if (engine_->state != State::more || piece.empty()) return engine_->state;
  switch (engine_->compression) {
    case Compression::none: engine_->state = out(piece) ? State::more : State::stopped; break;
    case Compression::brotli: engine_->state = engine_->unbrotli_piece(piece, out); break;
    default: engine_->state = engine_->inflate_piece(piece, out); break;
  }
  return engine_->state;
}

}  // namespace vedette
