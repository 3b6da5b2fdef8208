#pragma once
// The parts of a module that every HTTP client shares: credentials, proxy, TLS. The grammar is Prometheus' http_config.

#include <string>
#include <string_view>

#include "base/masking.h"
#include "probe/http_options.h"

namespace vedette {

HttpAuth read_http_auth(const Node& node);
HttpProxy read_http_proxy(const Node& node);
HttpTlsOptions read_http_tls(const Node& node);

/// The Authorization header's line; files are read now.
Result<std::string> authorization_line(const HttpAuth& auth);
/// The same as the net wants it.
TlsOptions tls_options(const HttpTlsOptions& options);

bool is_header_name(std::string_view text);
bool is_header_value(std::string_view text);
/// Names that http_headers may not set.
bool is_reserved_header(std::string_view name);
/// "x-foo" -> "X-Foo"
std::string canonical_header(std::string_view name);

}  // namespace vedette
