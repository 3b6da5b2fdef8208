#pragma once
// Whether a request's head is what civetweb took it for. civetweb ends its reading at the first line that is no header
// (a folded line, one without a name) and takes spaces before a colon, so a proxy before us might have seen another
// Content-Length, or another request.

struct mg_request_info;

namespace vedette {

enum class HeadShape {
  clean,   // every line is a header and ends with CR LF
  loose,   // lines end with LF alone: to be answered, but nothing after it on this connection counts
  broken,  // to be refused
};

HeadShape shape_of(const mg_request_info& request);

}  // namespace vedette
