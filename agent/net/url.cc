#include "net/url.h"

#include <curl/curl.h>

#include <memory>

#include "base/masking.h"
#include "base/text.h"

namespace vedette {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(CURLU* url, CURLUPart which, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string result = text;
  curl_free(text);
  return result;
}

// As Go sends them: bytes beyond ASCII as upper-case escapes; an escape that is none is a mistake.
Result<std::string> escaped(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 32 || byte == 127) return Error{"not a usable URL: it holds a control character"};
    if (byte == '%' && !percent_decode(text.substr(i, 3)))
      return Error{"not a usable URL: " + in_quotes(text.substr(i, 3)) + " is no escape"};
    if (byte >= 128) {
      result.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    } else {
      result += text[i];
    }
  }
  return result;
}

Error refusal(CURLUcode code) { return Error{std::string("not a usable URL: ") + curl_url_strerror(code)}; }

Result<Url> take_apart(CURLU* handle, std::string_view given) {
  Url url;
  url.scheme = to_lower(part(handle, CURLUPART_SCHEME));
  if (url.scheme != "http" && url.scheme != "https")
    return Error{"unsupported scheme " + in_quotes(url.scheme) + ": http and https are"};
  url.user = part(handle, CURLUPART_USER, CURLU_URLDECODE);
  url.password = part(handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
  url.host = to_lower(part(handle, CURLUPART_HOST));
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.find(']') - 1);
  if (url.host.empty()) return Error{"the URL has no host"};
  std::string zone = part(handle, CURLUPART_ZONEID);
  if (!zone.empty()) url.host += "%" + zone;
  std::string port = part(handle, CURLUPART_PORT);
  url.port_written = !port.empty();
  url.port = parse_int<int>(port).value_or(url.https() ? 443 : 80);
  url.path = part(handle, CURLUPART_PATH);
  std::string query = part(handle, CURLUPART_QUERY);
  // libcurl forgets a question mark that nothing follows.
  bool bare = query.empty() && given.substr(0, given.find('#')).ends_with('?');
  if (!query.empty() || bare) url.path += "?" + query;
  return url;
}

constexpr unsigned int kLenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS;

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  auto whole = escaped(text);
  if (!whole) return whole.error();
  Handle handle(curl_url(), curl_url_cleanup);
  if (CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, whole->c_str(), kLenient)) return refusal(code);
  return take_apart(handle.get(), *whole);
}

// What a server says is bounded here; a target's own address is its owner's business.
Result<Url> Url::follow(std::string_view location) const {
  constexpr std::size_t kLongest = 64 << 10, kLongestHost = 253;
  if (location.size() > kLongest) return Error{"it is longer than 64 KiB"};
  auto whole = escaped(location);
  if (!whole) return whole.error();
  Handle handle(curl_url(), curl_url_cleanup);
  curl_url_set(handle.get(), CURLUPART_URL, text().c_str(), kLenient);
  // Dots are resolved here, and only here: what a target's own path says goes out as it is.
  if (CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, whole->c_str(), kLenient & ~CURLU_PATH_AS_IS))
    return refusal(code);
  auto next = take_apart(handle.get(), *whole);
  if (next && next->host.size() > kLongestHost + (next->host.ends_with('.') ? 1 : 0))
    return Error{"its host is longer than 253 bytes"};
  return next;
}

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port_written) text += ":" + std::to_string(port);
  return text;
}

std::string Url::text_with_host(const std::string& other) const {
  std::string bracketed = other.find(':') == std::string::npos ? other : "[" + other + "]";
  return scheme + "://" + bracketed + (port_written ? ":" + std::to_string(port) : "") + path;
}

std::string without_credentials(std::string_view address) {
  auto scheme = address.find("://");
  std::size_t begin = scheme != address.npos ? scheme + 3 : address.starts_with("//") ? 2 : 0;
  auto at = address.substr(0, address.find_first_of("/?#", begin)).rfind('@');
  if (at == address.npos || at < begin) return std::string(address);
  return std::string(address.substr(0, begin)).append(address.substr(at + 1));
}

std::string shown_address(std::string_view address) { return without_secret_parameters(without_credentials(address)); }

}  // namespace vedette
