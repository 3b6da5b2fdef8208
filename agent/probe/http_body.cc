#include "probe/http_body.h"

namespace vedette {

bool leads_elsewhere(const HttpReply& reply) {
  switch (reply.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return reply.headers.find("Location").value_or("") != "";
    default: return false;
  }
}

bool HttpBody::take(std::string_view piece) {
  if (follow_ && leads_elsewhere(*reply_)) return false;
  if (!decoder_) return keep(piece);
  Decoder::State state = decoder_->feed(piece, [this](std::string_view out) { return keep(out); });
  broken_ = state == Decoder::State::broken;
  // What follows the compressed end is read to the end of the answer, as a browser would.
  return state == Decoder::State::more || state == Decoder::State::ended;
}

bool HttpBody::keep(std::string_view piece) {
  if (limit_ != 0 && length_ + piece.size() > limit_) {
    piece = piece.substr(0, limit_ - length_);
    over_limit_ = true;
  }
  length_ += piece.size();
  if (keep_) {
    if (text_.size() + piece.size() > kMostKept) {
      too_large_ = true;
      return false;
    }
    text_.append(piece);
  }
  return !over_limit_;
}

void HttpBody::end() {
  if (decoder_ && decoder_->state() == Decoder::State::more) broken_ = true;
}

}  // namespace vedette
