#include "probe/http_body.h"

#include <algorithm>

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
  if (follow_ && !leads_elsewhere_) leads_elsewhere_ = leads_elsewhere(*reply_);
  if (follow_ && *leads_elsewhere_) return false;
  if (!decoder_) return keep(piece);
  return goes_on(decoder_->feed(piece, [this](std::string_view out) { return keep(out); }));
}

bool HttpBody::go_on() {
  return goes_on(decoder_->go_on([this](std::string_view out) { return keep(out); }));
}

bool HttpBody::goes_on(Decoder::State state) {
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
  if (keep_ && !store(piece)) return false;
  return !over_limit_;
}

// What counts is what the text takes of memory, which grows in large steps. Beyond a megabyte the room for all of it is
// taken at once: nothing is copied from room to room, and what is not written to yet takes nothing.
bool HttpBody::store(std::string_view piece) {
  constexpr std::size_t kLarge = 1 << 20;
  std::size_t needed = text_.size() + piece.size();
  too_large_ = needed > kMostKept;
  if (too_large_) return false;
  std::size_t room = text_.capacity();
  if (needed > room) room = needed > kLarge ? kMostKept : std::min(std::max(needed, 2 * room), kLarge);
  std::size_t takes = room > kLarge ? needed : room;
  if (takes > counted_) {
    no_room_ = kept_by_all_ + (takes - counted_) > kMostKeptByAll;
    if (no_room_) return false;
    kept_by_all_ += takes - counted_;
    counted_ = takes;
  }
  text_.reserve(room);
  text_.append(piece);
  return true;
}

void HttpBody::end() {
  if (decoder_ && decoder_->state() == Decoder::State::more) broken_ = true;
}

}  // namespace vedette
