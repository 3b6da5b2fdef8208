#include "probe/cookies.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "base/time.h"
#include "net/address.h"

namespace vedette {
namespace {

constexpr std::size_t kMostCookies = 50;
constexpr std::size_t kMostBytes = 4096;

bool below(const std::string& host, const std::string& domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

std::string plain_path(const Url& url) { return url.path.substr(0, url.path.find('?')); }

std::string default_path(const Url& url) {
  std::string path = plain_path(url);
  auto slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

bool path_covers(const std::string& cookie, const std::string& path) {
  if (!path.starts_with(cookie)) return false;
  return cookie.size() == path.size() || cookie.back() == '/' || path[cookie.size()] == '/';
}

// What the attributes say; a cookie whose time is over already takes the one before it away.
struct Attributes {
  std::string domain, path;
  bool secure = false, over = false, aged = false;

  void read(std::string_view text) {
    auto equals = text.find('=');
    std::string_view name = trim(text.substr(0, equals));
    std::string_view value = equals == text.npos ? std::string_view() : trim(text.substr(equals + 1));
    if (equal_ignore_case(name, "Domain")) {
      domain = to_lower(value.starts_with('.') ? value.substr(1) : value);
    } else if (equal_ignore_case(name, "Path") && value.starts_with('/')) {
      path = value;
    } else if (equal_ignore_case(name, "Secure")) {
      secure = true;
    } else if (equal_ignore_case(name, "Max-Age")) {
      if (auto age = parse_int<std::int64_t>(value)) {
        over = *age <= 0;
        aged = true;
      }
    } else if (equal_ignore_case(name, "Expires") && !aged) {
      if (auto date = parse_http_date(value)) over = *date <= wall_now();
    }
  }
};

}  // namespace

void CookieJar::take(const Url& from, std::string_view header) {
  if (header.size() > kMostBytes) return;
  auto parts = split(header, ';');
  auto equals = parts[0].find('=');
  if (equals == std::string_view::npos || trim(parts[0].substr(0, equals)).empty()) return;
  Attributes attributes;
  for (std::size_t i = 1; i < parts.size(); ++i) attributes.read(parts[i]);

  Cookie cookie;
  cookie.name = trim(parts[0].substr(0, equals));
  cookie.value = trim(parts[0].substr(equals + 1));
  cookie.path = attributes.path.empty() ? default_path(from) : attributes.path;
  cookie.secure = attributes.secure;
  cookie.domain = from.host;
  if (!attributes.domain.empty() && attributes.domain != from.host) {
    // A whole top-level domain is nobody's to set, and an address has nothing above it.
    bool wide = attributes.domain.find('.') == std::string::npos;
    if (wide || IpAddress::parse(from.host) || !below(from.host, attributes.domain)) return;
    cookie.domain = attributes.domain;
  }
  cookie.host_only = attributes.domain.empty();
  std::erase_if(cookies_, [&](const Cookie& old) {
    return old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path;
  });
  if (!attributes.over && cookies_.size() < kMostCookies) cookies_.push_back(std::move(cookie));
}

void CookieJar::append_header(std::string& text, const Url& to) const {
  if (cookies_.empty()) return;
  std::string path = plain_path(to);
  std::vector<const Cookie*> fitting;
  for (const Cookie& cookie : cookies_) {
    bool host = cookie.host_only ? to.host == cookie.domain : below(to.host, cookie.domain);
    if (host && path_covers(cookie.path, path) && (!cookie.secure || to.https())) fitting.push_back(&cookie);
  }
  std::stable_sort(fitting.begin(), fitting.end(),
                   [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
  for (const Cookie* cookie : fitting) text += (text.empty() ? "" : "; ") + cookie->name + "=" + cookie->value;
}

}  // namespace vedette
