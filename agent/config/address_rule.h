#pragma once

#include <string>
#include <string_view>

namespace vedette {

/// Why the text cannot be what such a prober is pointed at; empty when it can. `is_url`: it was written as `url:`.
/// Only the shape is looked at: whether anybody answers there is the probe's to find out. Never quotes the text, which
/// may hold a password.
std::string broken_address(std::string_view prober, bool is_url, std::string_view text);

}  // namespace vedette
