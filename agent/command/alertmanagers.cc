#include "command/alertmanagers.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "net/url.h"
#include "probe/http_client_options.h"

namespace vedette {
namespace {

constexpr Duration kShortestTimeout = milliseconds(100), kLongestTimeout = seconds(60);

/// Why no alerts can be posted there; empty: they can.
std::string broken(const std::string& text, const Url& url) {
  if (text.find('#') != text.npos) return "the URL of an Alertmanager has no fragment";
  if (url.path.find('?') != url.path.npos) return "the URL of an Alertmanager has no query";
  if (url.path.ends_with("/api/v2/alerts") || url.path.ends_with("/api/v2/alerts/"))
    return "leave out /api/v2/alerts: it is added to the URL";
  return "";
}

std::optional<Url> read_url(const Node& node) {
  std::string text = node.url();
  if (!starts_with_ignore_case(text, "http://") && !starts_with_ignore_case(text, "https://")) {
    node.reject("the URL of an Alertmanager must begin with http:// or https://");
    return std::nullopt;
  }
  auto url = Url::parse(text);
  const std::string rule = url ? broken(text, *url) : url.error().message;
  if (!rule.empty()) {
    node.reject(rule);
    return std::nullopt;
  }
  while (url->path.ends_with('/')) url->path.pop_back();
  return *url;
}

Alertmanager make(const Url& url, HttpAuth auth, const HttpTlsOptions& tls, Duration timeout) {
  Alertmanager made;
  made.url = made.name = url.text();
  made.timeout = timeout;
  made.server_name = tls.server_name;
  HttpSettings settings;
  settings.method = "POST";
  settings.headers = {"User-Agent: vedette/" VEDETTE_VERSION, "Content-Type: application/json"};
  settings.tls = tls_options(tls);
  made.profile = make_http_profile(std::move(settings));
  if (auth.type.empty() && !(url.user.empty() && url.password.empty())) {
    auth.type = "Basic";
    auth.user = url.user;
    auth.secret = Secret::value(url.password);
  }
  if (auth.type.empty()) return made;
  made.credentials = [auth = std::move(auth)]() -> Result<std::vector<std::string>> {
    auto line = authorization_line(auth);
    if (!line) return line.error();
    if (!is_header_value(*line)) return Error{"the credentials would hold control characters"};
    return std::vector<std::string>{*line};
  };
  return made;
}

Duration read_timeout(const Node& node) {
  const Duration usual = Alertmanager{}.timeout;
  const Duration timeout = node.duration(usual);
  if (timeout >= kShortestTimeout && timeout <= kLongestTimeout) return timeout;
  node.reject("must be between " + format_duration(kShortestTimeout) + " and " + format_duration(kLongestTimeout));
  return usual;
}

std::optional<Alertmanager> read_map(const Node& node) {
  const Node address = node.at("url");
  std::optional<Url> url;
  if (address.present()) {
    url = read_url(address);
  } else {
    node.reject("an Alertmanager needs a url");
  }
  const Duration timeout = read_timeout(node.at("timeout"));
  HttpAuth auth = read_http_auth(node);
  HttpTlsOptions tls = read_http_tls(node.at("tls_config"));
  node.finish();
  if (!url) return std::nullopt;
  if (!auth.type.empty() && !(url->user.empty() && url->password.empty())) {
    address.reject("credentials are either part of the URL or have keys of their own");
  }
  return make(*url, std::move(auth), tls, timeout);
}

std::optional<Alertmanager> read_one(const Node& node) {
  if (node.kind() == Node::Kind::map) return read_map(node);
  auto url = read_url(node);
  if (!url) return std::nullopt;
  return make(*url, {}, {}, Alertmanager{}.timeout);
}

}  // namespace

std::vector<Alertmanager> read_alertmanagers(const Node& node) {
  std::vector<Alertmanager> all;
  for (const Node& item : node.items()) {
    auto one = read_one(item);
    if (!one) continue;
    auto is_it = [&](const Alertmanager& other) { return other.url == one->url; };
    if (std::any_of(all.begin(), all.end(), is_it)) item.reject("this Alertmanager is named twice");
    all.push_back(std::move(*one));
  }
  return all;
}

}  // namespace vedette
