#pragma once
// An HTTP/1 answer, understood as its bytes come in. Pure: it knows no socket and no clock.

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http_wire.h"

namespace vedette {

class Http1Answer {
 public:
  using State = HttpState;

  /// `headless`: the answer to a HEAD request, which has no body whatever its headers say.
  Http1Answer(HttpReply& reply, BodySink* sink, bool headless) : reply_(reply), sink_(sink), headless_(headless) {}

  /// Takes what came; after anything but `more` it must not be called again.
  State feed(std::string_view bytes);
  /// The server has closed its side.
  State end();

 private:
  enum class Part { status, headers, counted, until_end, chunk_size, chunk, chunk_end, trailers };
  State take_line(std::string_view& bytes);
  State line_done(std::string_view line);
  State status_line(std::string_view line);
  State header_line(std::string_view line);
  State content_length(std::string_view value);
  State transfer_coding(std::string_view value);
  State headers_done();
  State chunk_size(std::string_view line);
  State take_body(std::string_view& bytes);
  State fail(Reason reason, std::string sentence);

  HttpReply& reply_;
  BodySink* sink_;
  bool headless_;
  Part part_ = Part::status;
  bool begun_ = false;            // something came
  std::string line_;              // the begin of one that has not ended yet
  std::size_t header_bytes_ = 0;  // of all lines but those between chunks
  std::uint64_t left_ = 0;        // of the body, or of the chunk
  bool framing_ = false;          // the header before said where the body ends
  bool chunked_ = false;
  std::int64_t length_ = -1;  // as Content-Length says
};

/// The body's length as the headers announce it; -1 when they don't.
std::int64_t announced_length(const HttpReply& reply);

}  // namespace vedette
