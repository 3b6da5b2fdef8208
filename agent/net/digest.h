#pragma once
// Small things of cryptography, each with one meaning. Any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette {

/// Bytes that nobody can guess; none (empty) where the system has none to give.
std::string random_bytes(std::size_t count);

/// HMAC-SHA256: whoever does not know the key can neither make it nor compare what it hides.
std::string keyed_digest(std::string_view key, std::string_view bytes);

/// Takes as long whether they differ at the first byte or not at all.
bool same_in_constant_time(std::string_view a, std::string_view b);

}  // namespace vedette
