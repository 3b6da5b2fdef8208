#pragma once

#include <optional>

#include "model/failure.h"
#include "probe/http_body.h"
#include "probe/http_options.h"

namespace vedette {

struct HttpVerdict {
  std::optional<Failure> failure;
  bool regex = false;  // probe_failed_due_to_regex
};

/// Is this final answer what the module wants? Checks in blackbox_exporter's order; pure.
HttpVerdict judge_http(const HttpOptions& options, const HttpReply& reply, const HttpBody& body, bool https);

}  // namespace vedette
