#include "net/url.h"

#include <curl/curl.h>

#include <memory>

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

Error refusal(CURLUcode code) { return Error{std::string("not a usable URL: ") + curl_url_strerror(code)}; }

Result<Url> take_apart(CURLU* handle) {
  Url url;
  url.scheme = to_lower(part(handle, CURLUPART_SCHEME));
  if (url.scheme != "http" && url.scheme != "https")
    return Error{"unsupported scheme \"" + url.scheme + "\": http and https are"};
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
  if (!query.empty()) url.path += "?" + query;
  return url;
}

constexpr unsigned int kLenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS;

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  Handle handle(curl_url(), curl_url_cleanup);
  if (CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(), kLenient))
    return refusal(code);
  return take_apart(handle.get());
}

Result<Url> Url::follow(std::string_view location) const {
  Handle handle(curl_url(), curl_url_cleanup);
  curl_url_set(handle.get(), CURLUPART_URL, text().c_str(), kLenient);
  if (CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(location).c_str(), kLenient))
    return refusal(code);
  return take_apart(handle.get());
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

}  // namespace vedette
