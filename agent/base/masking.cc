#include "base/masking.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::string_view kMasked = "xxxxx";

constexpr std::array<std::string_view, 13> kParts{"authorization", "cookie",     "token",  "secret",  "password",
                                                  "passwd",        "credential", "apikey", "api_key", "access_key",
                                                  "signature",     "session_id", "jwt"};
constexpr std::array<std::string_view, 12> kHeaderEnds{"_key",  "_token", "_secret", "_signature", "_pass", "_pwd",
                                                       "_auth", "_jwt",   "_sig",    "_session",   "_csrf", "_otp"};
constexpr std::array<std::string_view, 14> kParameters{"sig",  "pass", "pwd",     "code", "key", "auth",  "sid",
                                                       "hmac", "otp",  "session", "sign", "pw",  "nonce", "assertion"};

// Headers write a dash where queries write an underscore.
std::string word_of(std::string_view name) {
  std::string word = to_lower(name);
  std::replace(word.begin(), word.end(), '-', '_');
  return word;
}

bool has_part(const std::string& word) {
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return word.find(part) != std::string::npos; });
}

bool has_end(const std::string& word) {
  return std::any_of(kHeaderEnds.begin(), kHeaderEnds.end(), [&](std::string_view end) { return word.ends_with(end); });
}

}  // namespace

bool is_secret_header(std::string_view name) {
  std::string word = word_of(name);
  return has_part(word) || has_end(word) || word.starts_with("x_auth");
}

bool is_secret_parameter(std::string_view name) {
  std::string word = word_of(query_decode(name).value_or(std::string(name)));
  return has_part(word) || has_end(word) ||
         std::find(kParameters.begin(), kParameters.end(), word) != kParameters.end();
}

std::string without_secret_parameters(std::string_view address) {
  constexpr std::string_view kEnds = "?#&;";
  std::size_t begin = std::min(address.find_first_of("?#"), address.size());
  std::string shown(address.substr(0, begin));
  while (begin < address.size()) {
    shown += address[begin++];
    std::string_view parameter = address.substr(begin, address.find_first_of(kEnds, begin) - begin);
    begin += parameter.size();
    auto equals = parameter.find('=');
    bool secret = equals != parameter.npos && is_secret_parameter(parameter.substr(0, equals));
    shown.append(secret ? parameter.substr(0, equals + 1) : parameter).append(secret ? kMasked : "");
  }
  return shown;
}

}  // namespace vedette
