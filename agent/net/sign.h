#pragma once
// Signatures (OpenSSL). Any thread.

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette {

/// RSASSA-PKCS1-v1_5 with SHA-256, by a private key in PEM (PKCS#1 or PKCS#8, without a passphrase): what a JSON Web
/// Token calls RS256. Errors never quote the key.
Result<std::string> sign_rs256(const std::string& private_key, std::string_view text);

}  // namespace vedette
