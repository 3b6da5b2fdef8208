#include "probe/http_client_options.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/text.h"
#include "net/address.h"
#include "net/url.h"
#include "probe/http_proxy.h"

namespace vedette {
namespace {

// A credential that is either written here or lies in a file.
Secret read_secret(const Node& node, const char* value, const char* file) {
  Secret written = node.at(value).secret();
  std::string path = node.at(file).text();
  return path.empty() ? written : Secret::in_file(path);
}

void refuse_reference(const Node& node, const char* key) {
  Node field = node.at(key);
  if (field.present()) field.reject("there is no secret manager to ask: use the value itself or its _file form");
}

int present(const Node& node, std::initializer_list<const char*> keys) {
  return static_cast<int>(
      std::count_if(keys.begin(), keys.end(), [&](const char* key) { return node.at(key).present(); }));
}

HttpAuth read_basic(const Node& node) {
  HttpAuth auth;
  auth.type = "Basic";
  auth.user = node.at("username").text();
  if (std::string file = node.at("username_file").text(); !file.empty()) auth.user_file = Secret::in_file(file);
  if (present(node, {"username", "username_file"}) > 1) {
    node.reject("at most one of basic_auth username & username_file must be configured");
  }
  if (present(node, {"password", "password_file"}) > 1) {
    node.reject("at most one of basic_auth password & password_file must be configured");
  }
  auth.secret = read_secret(node, "password", "password_file");
  refuse_reference(node, "username_ref");
  refuse_reference(node, "password_ref");
  node.finish();
  return auth;
}

HttpAuth read_authorization(const Node& node) {
  HttpAuth auth;
  auth.type = std::string(trim(node.at("type").text("Bearer")));
  if (auth.type.empty()) auth.type = "Bearer";
  if (equal_ignore_case(auth.type, "basic"))
    node.reject("authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
  if (!is_header_name(auth.type)) node.at("type").reject("not an authorization type: " + in_quotes(auth.type));
  if (present(node, {"credentials", "credentials_file"}) > 1) {
    node.reject("at most one of authorization credentials & credentials_file must be configured");
  }
  auth.secret = read_secret(node, "credentials", "credentials_file");
  refuse_reference(node, "credentials_ref");
  node.finish();
  return auth;
}

TlsVersion read_tls_version(const Node& node) {
  std::string text = node.text();
  if (text.empty()) return TlsVersion::unset;
  static constexpr std::array<std::string_view, 4> kWords{"TLS10", "TLS11", "TLS12", "TLS13"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (text == kWords[i]) return static_cast<TlsVersion>(i + 1);
  }
  node.reject("unknown TLS version: " + text + " (TLS10, TLS11, TLS12 and TLS13 are known)");
  return TlsVersion::unset;
}

void read_client_certificate(const Node& node, HttpTlsOptions& tls) {
  bool certificate = node.at("cert").present() || node.at("cert_file").present();
  bool key = node.at("key").present() || node.at("key_file").present();
  if (present(node, {"cert", "cert_file"}) > 1) node.reject("at most one of cert and cert_file must be configured");
  if (present(node, {"key", "key_file"}) > 1) node.reject("at most one of key and key_file must be configured");
  if (certificate && !key) {
    node.reject("exactly one of key or key_file must be configured when a client certificate is configured");
  } else if (key && !certificate) {
    node.reject("exactly one of cert or cert_file must be configured when a client key is configured");
  }
  tls.inline_pem = node.at("cert").present();
  if (tls.inline_pem != node.at("key").present() && certificate && key) {
    node.reject("cert and key must both be given in the file, or both by cert_file and key_file");
  }
  tls.certificate = tls.inline_pem ? node.at("cert").text() : node.at("cert_file").text();
  tls.inline_key = node.at("key").secret();
  tls.key = node.at("key_file").text();
}

}  // namespace

HttpAuth read_http_auth(const Node& node) {
  Node basic = node.at("basic_auth"), authorization = node.at("authorization"), oauth2 = node.at("oauth2");
  int bearers = present(node, {"bearer_token", "bearer_token_file"});
  if (bearers > 1) node.reject("at most one of bearer_token & bearer_token_file must be configured");
  if (authorization.present() && bearers > 0) {
    node.reject("authorization is not compatible with bearer_token & bearer_token_file");
  } else if (bearers > 0 && (basic.present() || oauth2.present())) {
    node.reject("at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
  } else if (basic.present() + authorization.present() + oauth2.present() > 1) {
    node.reject("at most one of basic_auth, oauth2 & authorization must be configured");
  }
  if (oauth2.present()) {
    oauth2.reject(
        "this version of vedette cannot fetch OAuth2 tokens; use authorization with credentials_file, which is read at "
        "each probe");
  }
  HttpAuth bearer;
  bearer.secret = read_secret(node, "bearer_token", "bearer_token_file");
  if (basic.present()) return read_basic(basic);
  if (authorization.present()) return read_authorization(authorization);
  if (!bearer.secret.empty()) bearer.type = "Bearer";
  return bearer;
}

// A proxy that is silently left out would make a probe say what it did not see.
static void check_environment(const Node& node) {
  ProxyEnvironment environment = ProxyEnvironment::read();
  for (const auto& [name, value] :
       {std::pair("HTTP_PROXY", environment.http), std::pair("HTTPS_PROXY", environment.https)}) {
    if (value.empty()) continue;
    auto parsed = Url::parse(value.find("://") == std::string::npos ? "http://" + value : value);
    if (!parsed)
      node.reject(std::string(name) +
                  " of the environment is not a proxy URL (http:// and https:// proxies can be used): " +
                  parsed.error().message);
  }
}

HttpProxy read_http_proxy(const Node& node) {
  HttpProxy proxy;
  Node url = node.at("proxy_url"), no_proxy = node.at("no_proxy"), headers = node.at("proxy_connect_header");
  proxy.from_environment = node.at("proxy_from_environment").flag(false);
  proxy.no_proxy = no_proxy.text();
  std::string text = url.url();
  if (proxy.from_environment && !text.empty())
    node.reject("if proxy_from_environment is configured, proxy_url must not be configured");
  if (proxy.from_environment && !proxy.no_proxy.empty()) {
    node.reject("if proxy_from_environment is configured, no_proxy must not be configured");
  }
  if (!proxy.no_proxy.empty() && text.empty() && !proxy.from_environment) {
    node.reject("if no_proxy is configured, proxy_url must also be configured");
  }
  if (headers.present() && text.empty() && !proxy.from_environment) {
    node.reject("if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured");
  }
  for (auto& [name, values] : headers.members()) {
    if (!is_header_name(name)) values.reject("not a header name: " + in_quotes(name));
    for (const Node& value : values.items()) proxy.connect_headers.emplace_back(canonical_header(name), value.secret());
  }
  if (proxy.from_environment) check_environment(node.at("proxy_from_environment"));
  if (text.empty()) return proxy;
  if (auto parsed = Url::parse(text)) {
    proxy.url = parsed->scheme + "://" + parsed->authority();
    proxy.user = parsed->user;
    proxy.password = Secret::value(parsed->password);
  } else {
    url.reject("not a proxy URL (http:// and https:// proxies can be used): " + parsed.error().message);
  }
  return proxy;
}

HttpTlsOptions read_http_tls(const Node& node) {
  HttpTlsOptions tls;
  Node ca = node.at("ca"), ca_file = node.at("ca_file");
  if (ca.present() && ca_file.present()) node.reject("at most one of ca and ca_file must be configured");
  if (ca.present()) {
    auto trust = Trust::of_text(ca.text());
    if (trust)
      tls.trust = *trust;
    else
      ca.reject(trust.error().message);
  } else if (std::string path = ca_file.text(); !path.empty()) {
    tls.trust = Trust::of_file(path);
  }
  Node name = node.at("server_name");
  tls.server_name = name.text();
  // The URL is written with this name, so nothing in it may end a host's name.
  bool address = IpAddress::parse(tls.server_name).has_value();
  if (!address && tls.server_name.find_first_of("/?#@:[]\\% \t\r\n") != std::string::npos)
    name.reject("not the name of a host: " + in_quotes(tls.server_name));
  tls.skip_verify = node.at("insecure_skip_verify").flag(false);
  read_client_certificate(node, tls);
  tls.least = read_tls_version(node.at("min_version"));
  tls.most = read_tls_version(node.at("max_version"));
  if (tls.most != TlsVersion::unset && tls.least > tls.most) {
    node.reject("tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified");
  }
  for (const char* key : {"ca_ref", "cert_ref", "key_ref"}) refuse_reference(node, key);
  node.finish();
  return tls;
}

Result<std::string> authorization_line(const HttpAuth& auth) {
  std::string user = auth.user;
  if (!auth.user_file.empty()) {
    auto text = auth.user_file.reveal();
    if (!text) return text.error();
    user = *text;
  }
  auto secret = auth.secret.reveal();
  if (!secret) return secret.error();
  return "Authorization: " + auth.type + " " + (auth.type == "Basic" ? base64_encode(user + ":" + *secret) : *secret);
}

TlsOptions tls_options(const HttpTlsOptions& options) {
  TlsOptions tls;
  tls.trust = options.trust;
  tls.verify = !options.skip_verify;
  tls.certificate = options.certificate;
  tls.key = options.key;
  tls.inline_pem = options.inline_pem;
  if (options.inline_pem) {
    if (auto pem = options.inline_key.reveal()) tls.key = *pem;
  }
  tls.least = options.least;
  tls.most = options.most;
  return tls;
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c));
  });
}

bool is_header_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || static_cast<unsigned char>(c) >= 32; });
}

bool is_reserved_header(std::string_view name) {
  static constexpr const char* kReserved[] = {"Authorization",
                                              "Host",
                                              "Content-Encoding",
                                              "Content-Length",
                                              "Content-Type",
                                              "User-Agent",
                                              "Connection",
                                              "Keep-Alive",
                                              "Proxy-Authenticate",
                                              "Proxy-Authorization",
                                              "Www-Authenticate",
                                              "Accept-Encoding",
                                              "X-Prometheus-Remote-Write-Version",
                                              "X-Prometheus-Remote-Read-Version",
                                              "X-Prometheus-Scrape-Timeout-Seconds",
                                              "X-Amz-Date",
                                              "X-Amz-Security-Token",
                                              "X-Amz-Content-Sha256"};
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [&](const char* word) { return equal_ignore_case(word, name); });
}

std::string canonical_header(std::string_view name) {
  std::string text = to_lower(name);
  bool start = true;
  for (char& c : text) {
    if (start) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    start = c == '-';
  }
  return text;
}

}  // namespace vedette
