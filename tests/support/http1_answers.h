#pragma once
// Answers of HTTP/1 as bytes, what they should come to, and Http1Answer fed with them in pieces of any size.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/http1_answer.h"
#include "support/catch.h"

namespace vedette::test {

using State = Http1Answer::State;

struct Outcome {
  State state = State::done;
  int status = 200;
  double version = 1.1;
  std::string headers{};  // "Name=value" of each, a bar between
  std::string body{};
  std::optional<Reason> reason{};
  bool stopped = false;

  bool operator==(const Outcome&) const = default;
};

struct Row {
  const char* name;
  std::string bytes;
  Outcome expected;
  bool closes = false;                     // the server, after the bytes, if the answer goes on then
  bool head = false;                       // asked by HEAD
  std::size_t enough = std::string::npos;  // bytes of the body, after which the sink stops
};

class Sink final : public BodySink {
 public:
  explicit Sink(std::size_t enough) : enough_(enough) {}
  bool take(std::string_view piece) override {
    text.append(piece.substr(0, enough_ - text.size()));
    return text.size() < enough_;
  }
  std::string text;

 private:
  std::size_t enough_;
};

/// Feeds the row's bytes in pieces whose sizes `next_size` tells. A piece is memory of its own, so that a sanitizer
/// sees a step over its end.
template <class NextSize>
Outcome read_in_pieces(const Row& row, NextSize next_size) {
  HttpReply reply;
  Sink sink(row.enough);
  Http1Answer answer(reply, &sink, row.head);
  State state = State::more;
  for (std::size_t at = 0; at < row.bytes.size() && state == State::more;) {
    std::size_t size = std::min<std::size_t>(next_size(), row.bytes.size() - at);
    std::vector<char> piece(row.bytes.data() + at, row.bytes.data() + at + size);
    state = answer.feed({piece.data(), piece.size()});
    at += size;
  }
  if (state == State::more && row.closes) state = answer.end();
  Outcome seen{state, reply.status, reply.version, "", sink.text, std::nullopt, reply.stopped};
  for (std::size_t i = 0; i < reply.headers.size(); ++i) {
    seen.headers.append(i == 0 ? "" : "|").append(reply.headers.name(i)).append("=").append(reply.headers.value(i));
  }
  CHECK((state == State::failed) == reply.failure.has_value());
  if (reply.failure) {
    seen.reason = reply.failure->reason;
    CHECK(reply.failure->phase == Phase::response);
    CHECK_FALSE(reply.failure->sentence.empty());
  }
  return seen;
}

inline Outcome read_whole(const Row& row) {
  return read_in_pieces(row, [&] { return row.bytes.size(); });
}

inline Outcome read_by_bytes(const Row& row) {
  return read_in_pieces(row, [] { return 1; });
}

inline Outcome read_in_cuts(const Row& row, std::mt19937& dice) {
  std::size_t longest = 1 + dice() % (1 + row.bytes.size() / 3);
  return read_in_pieces(row, [&] { return 1 + dice() % longest; });
}

/// "HTTP/1.1 200 OK" with these lines, and what follows.
inline std::string ok(const std::string& lines, const std::string& rest = "") {
  return "HTTP/1.1 200 OK\r\n" + lines + (lines.empty() ? "" : "\r\n") + "\r\n" + rest;
}

}  // namespace vedette::test
