#include "net/http1_answer.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace vedette {

namespace {

// A chunk's size with its extensions.
constexpr std::size_t kLongestChunkLine = 16 << 10;

constexpr std::string_view kVersion = "HTTP/";

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What no header may hold: it would end a line or a text somewhere else.
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 32 && c != '\t') || c == 127; });
}

}  // namespace

std::int64_t announced_length(const HttpReply& reply) {
  if (reply.status == 204 || (reply.status >= 100 && reply.status < 200)) return 0;
  if (auto coding = reply.headers.find("Transfer-Encoding"); coding && reply.version < 2) {
    if (!equal_ignore_case(trim(*coding), "identity")) return -1;
  }
  auto text = reply.headers.find("Content-Length");
  if (!text) return reply.status == 304 ? 0 : -1;
  auto length = parse_int<std::int64_t>(trim(*text));
  return length && *length >= 0 ? *length : -1;
}

Http1Answer::State Http1Answer::fail(Reason reason, std::string sentence) {
  reply_.failure = Failure{Phase::response, reason, std::move(sentence)};
  return State::failed;
}

Http1Answer::State Http1Answer::feed(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  while (!bytes.empty()) {
    bool body = part_ == Part::counted || part_ == Part::until_end || part_ == Part::chunk;
    State state = body ? take_body(bytes) : take_line(bytes);
    if (state != State::more) return state;
  }
  return State::more;
}

Http1Answer::State Http1Answer::end() {
  if (part_ == Part::until_end) return State::done;
  if (!begun_) return fail(Reason::closed, "the server closed the connection without an answer");
  bool body = part_ != Part::status && part_ != Part::headers;
  return fail(Reason::truncated, body ? "the body ended before its announced end" : "the answer ended in its headers");
}

// One line, or what there is of it.
Http1Answer::State Http1Answer::take_line(std::string_view& bytes) {
  std::size_t end = bytes.find('\n');
  std::string_view piece = bytes.substr(0, end);
  bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
  bool chunk = part_ == Part::chunk_size || part_ == Part::chunk_end;
  if (chunk && line_.size() + piece.size() > kLongestChunkLine)
    return fail(Reason::malformed, "a chunk of the body has no size");
  if (!chunk && (header_bytes_ += piece.size() + (end == bytes.npos ? 0 : 1)) > kMostHeaderBytes)
    return fail(Reason::headers_too_large, kHeadersTooLarge);
  if (end == bytes.npos || !line_.empty()) line_ += piece;
  std::string_view line = line_.empty() ? piece : std::string_view(line_);
  // What is no HTTP from its first letters on need not be read to the end of its line.
  if (part_ == Part::status && line.substr(0, kVersion.size()) != kVersion.substr(0, line.size()))
    return fail(Reason::malformed, "the answer is not HTTP");
  if (end == bytes.npos) return State::more;
  if (line.ends_with('\r')) line.remove_suffix(1);
  State state = line_done(line);
  line_.clear();
  return state;
}

Http1Answer::State Http1Answer::line_done(std::string_view line) {
  switch (part_) {
    case Part::status: return status_line(line);
    case Part::headers: return line.empty() ? headers_done() : header_line(line);
    case Part::chunk_size: return chunk_size(line);
    case Part::chunk_end:
      if (!line.empty()) return fail(Reason::malformed, "a chunk of the body is longer than it says");
      part_ = Part::chunk_size;
      return State::more;
    default: return line.empty() ? State::done : State::more;  // trailers are of no interest
  }
}

// "HTTP/1.1 200 OK": one digit, one digit, three digits.
Http1Answer::State Http1Answer::status_line(std::string_view line) {
  std::string_view version = line.substr(std::min(line.size(), kVersion.size()), 3);
  std::string_view rest = line.substr(std::min<std::size_t>(line.size(), 8));
  if (version != "1.1" && version != "1.0")
    return fail(Reason::malformed, "the answer is of no version of HTTP known here: " + in_quotes(line));
  std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
  std::string_view digits = rest.substr(begin, rest.find(' ', begin) - begin);
  if (begin == 0 || digits.size() != 3 || !is_digits(digits) || digits == "000")
    return fail(Reason::malformed, "the answer's status is not a number of three digits: " + in_quotes(line));
  // What came before was a 1xx.
  reply_.headers.clear();
  reply_.version = version == "1.1" ? 1.1 : 1.0;
  std::from_chars(digits.data(), digits.data() + digits.size(), reply_.status);
  chunked_ = framing_ = false;
  length_ = -1;
  part_ = Part::headers;
  return State::more;
}

Http1Answer::State Http1Answer::header_line(std::string_view line) {
  bool folded = line[0] == ' ' || line[0] == '\t';
  std::size_t colon = folded ? 0 : std::min(line.find(':'), line.size());
  std::string_view name = line.substr(0, colon);
  // Where the body ends must be said on one line, and a name ends where its colon stands: others would read it
  // otherwise.
  bool good =
      folded ? reply_.headers.size() > 0 && !framing_ : colon < line.size() && !name.empty() && trim(name) == name;
  if (has_control(line) || !good) return fail(Reason::malformed, "the answer has a broken header: " + in_quotes(line));
  if (!folded && reply_.headers.size() == kMostHeaderLines) return fail(Reason::headers_too_large, kHeadersTooLarge);
  reply_.headers.add(line);
  if (folded) return State::more;
  std::string_view value = trim(line.substr(colon + 1));
  bool length = equal_ignore_case(name, "Content-Length"), coding = equal_ignore_case(name, "Transfer-Encoding");
  framing_ = length || coding;
  return length ? content_length(value) : coding ? transfer_coding(value) : State::more;
}

// Two lengths that differ are how one request is smuggled behind another: no answer to believe.
Http1Answer::State Http1Answer::content_length(std::string_view value) {
  auto length = is_digits(value) ? parse_int<std::int64_t>(value) : std::nullopt;
  if (!length || (length_ >= 0 && length_ != *length))
    return fail(Reason::malformed, "the answer's Content-Length is no number, or there are two: " + in_quotes(value));
  length_ = *length;
  return State::more;
}

Http1Answer::State Http1Answer::transfer_coding(std::string_view value) {
  if (!equal_ignore_case(value, "chunked") && !equal_ignore_case(value, "identity"))
    return fail(Reason::malformed, "the answer has an unknown Transfer-Encoding: " + in_quotes(value));
  chunked_ = chunked_ || equal_ignore_case(value, "chunked");
  return State::more;
}

Http1Answer::State Http1Answer::headers_done() {
  int status = reply_.status;
  if (status >= 100 && status < 200 && status != 101) {  // the answer is still to come
    part_ = Part::status;
    return State::more;
  }
  if (headless_ || status == 101 || status == 204 || status == 304) return State::done;
  if (chunked_) {
    part_ = Part::chunk_size;
  } else if (length_ < 0) {
    part_ = Part::until_end;
  } else if (length_ == 0) {
    return State::done;
  } else {
    part_ = Part::counted;
    left_ = static_cast<std::uint64_t>(length_);
  }
  return State::more;
}

// "1a2f;name=value"
Http1Answer::State Http1Answer::chunk_size(std::string_view line) {
  std::string_view digits = trim(line.substr(0, line.find(';')));
  auto size = parse_int<std::uint64_t>(digits, 16);
  if (!size || *size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return fail(Reason::malformed, "a chunk of the body has no size: " + in_quotes(line));
  left_ = *size;
  part_ = left_ == 0 ? Part::trailers : Part::chunk;
  return State::more;
}

Http1Answer::State Http1Answer::take_body(std::string_view& bytes) {
  std::string_view piece = part_ == Part::until_end ? bytes : bytes.substr(0, left_);
  bytes.remove_prefix(piece.size());
  if (sink_ && !sink_->take(piece)) {
    reply_.stopped = true;
    return State::done;
  }
  if (part_ == Part::until_end || (left_ -= piece.size()) > 0) return State::more;
  if (part_ == Part::counted) return State::done;
  part_ = Part::chunk_end;
  return State::more;
}

}  // namespace vedette
