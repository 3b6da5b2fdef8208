#include "serve/head_shape.h"

#include <civetweb.h>

#include <cstddef>
#include <cstring>

namespace vedette {
namespace {

// civetweb's own buffer holds 16384 bytes: so near to its end nothing is looked at.
constexpr std::ptrdiff_t kMostHead = 16384 - 16;

const char* end_of(const char* text) { return text + std::strlen(text); }

/// Spaces before the colon are zeros now, as the colon is: two zeros where there should be one.
bool has_space_before_colon(const mg_header& header) {
  const char* colon = end_of(header.name);
  return colon + 1 < header.value && colon[1] == '\0';
}

/// What stands at the end of the last line that civetweb read, whose CR and LF are zeros: CR LF and the head's last CR,
/// and a zero in the place of its last LF.
bool is_whole(const char* end) { return end[0] == '\0' && end[1] == '\0' && end[2] == '\r' && end[3] == '\0'; }

/// After the request line civetweb turns every blank into a zero, so the head's last CR is one too.
HeadShape shape_without_headers(const char* end) {
  if (end[2] == '\0' && end[3] == '\0') return HeadShape::clean;
  const auto next = static_cast<unsigned char>(end[2]);
  return end[1] != '\0' || next == ':' || next > '~' ? HeadShape::broken : HeadShape::loose;
}

}  // namespace

HeadShape shape_of(const mg_request_info& request) {
  const char* end = end_of(request.http_version);
  if (end - request.request_method > kMostHead) return HeadShape::broken;
  if (request.num_headers == 0) return shape_without_headers(end);
  const std::ptrdiff_t line_end = request.http_headers[0].name - end;  // 2: CR LF, 1: LF
  if (line_end != 1 && line_end != 2) return HeadShape::broken;        // a folded line comes first
  for (int i = 0; i < request.num_headers; ++i) {
    const mg_header& header = request.http_headers[i];
    if (header.name != end + line_end || has_space_before_colon(header)) return HeadShape::broken;
    end = end_of(header.value);
  }
  if (end - request.request_method > kMostHead) return HeadShape::broken;
  if (line_end == 2) return is_whole(end) ? HeadShape::clean : HeadShape::broken;
  return end[1] == '\0' ? HeadShape::loose : HeadShape::broken;
}

}  // namespace vedette
