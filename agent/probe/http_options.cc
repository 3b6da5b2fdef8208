#include "probe/http_options.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"
#include "probe/http_client_options.h"

namespace vedette {
namespace {

std::optional<Pattern> read_pattern(const Node& node, const std::string& text) {
  auto pattern = Pattern::compile(text);
  if (pattern) return *pattern;
  node.reject("\"Could not compile regular expression\" regexp=" + in_quotes(text) + ": " + pattern.error().message);
  return std::nullopt;
}

std::vector<Pattern> read_patterns(const Node& node) {
  std::vector<Pattern> patterns;
  for (const Node& item : node.items()) {
    if (auto pattern = read_pattern(item, item.text())) patterns.push_back(*pattern);
  }
  return patterns;
}

std::vector<HeaderRule> read_header_rules(const Node& node) {
  std::vector<HeaderRule> rules;
  for (const Node& item : node.items()) {
    std::string header = item.at("header").text();
    Node regexp = item.at("regexp");
    std::string text = regexp.text();
    bool allow_missing = item.at("allow_missing").flag(false);
    item.finish();
    if (header.empty()) item.reject("header name must be set for HTTP header matchers");
    if (text.empty()) {
      item.reject("regexp must be set for HTTP header matchers");
    } else if (auto pattern = read_pattern(regexp, text)) {
      rules.push_back({header, *pattern, allow_missing});
    }
  }
  return rules;
}

// Sets what a map of header -> value says. Host is the request's own and goes elsewhere.
void read_plain_headers(const Node& node, HttpOptions& options) {
  for (auto& [name, value] : node.members()) {
    if (!is_header_name(name)) value.reject("not a header name: " + in_quotes(name));
    if (equal_ignore_case(name, "Host")) {
      options.host = value.text();
      continue;
    }
    // These follow from the body and from one connection a probe, whatever is written here.
    if (equal_ignore_case(name, "Content-Length") || equal_ignore_case(name, "Transfer-Encoding")) continue;
    if (equal_ignore_case(name, "Connection") && equal_ignore_case(trim(value.text()), "close")) continue;
    Secret secret = is_secret_header(name) ? value.secret() : Secret::value(value.text());
    if (auto text = secret.reveal(); text && !is_header_value(*text))
      value.reject("a header value cannot hold control characters");
    options.headers.emplace_back(canonical_header(name), std::move(secret));
  }
}

// The values of http_headers are added; names that the agent itself governs are refused.
void read_added_headers(const Node& node, HttpOptions& options) {
  for (auto& [name, entry] : node.members()) {
    if (!is_header_name(name)) entry.reject("not a header name: " + in_quotes(name));
    if (is_reserved_header(name))
      entry.reject("setting header " + in_quotes(canonical_header(name)) + " is not allowed");
    std::string canonical = canonical_header(name);
    for (const std::string& value : entry.at("values").texts())
      options.headers.emplace_back(canonical, Secret::value(value));
    for (const Node& value : entry.at("secrets").items()) options.headers.emplace_back(canonical, value.secret());
    for (const std::string& file : entry.at("files").texts())
      options.headers.emplace_back(canonical, Secret::in_file(file));
    entry.finish();
  }
}

Compression read_compression(const Node& node) {
  static constexpr std::array<std::pair<std::string_view, Compression>, 4> kWords{{{"gzip", Compression::gzip},
                                                                                   {"br", Compression::brotli},
                                                                                   {"deflate", Compression::deflate},
                                                                                   {"identity", Compression::none}}};
  std::string text = node.text();
  if (text.empty()) return Compression::none;
  for (auto [word, compression] : kWords) {
    if (word == text) return compression;
  }
  node.reject("unsupported compression " + in_quotes(text) + ": gzip, br, deflate and identity are");
  return Compression::none;
}

// True when a server that obeys this Accept-Encoding may answer with that coding.
bool encoding_accepted(std::string_view coding, std::string_view accept) {
  std::vector<std::pair<double, std::string>> wishes;
  for (std::string_view part : split(accept, ',')) {
    auto pieces = split(part, ';');
    double quality = 1;
    if (pieces.size() > 1) {
      std::string_view weight = trim(pieces[1]);
      if (starts_with_ignore_case(weight, "q=")) quality = std::strtod(std::string(weight.substr(2)).c_str(), nullptr);
    }
    wishes.emplace_back(quality, to_lower(trim(pieces[0])));
  }
  std::stable_sort(wishes.begin(), wishes.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [quality, name] : wishes) {
    if (name == coding || name == "*") return quality > 0;
  }
  return false;
}

void check_accept_encoding(const Node& node) {
  std::string coding = node.at("compression").text();
  if (coding.empty()) return;
  for (auto& [name, value] : node.at("headers").members()) {
    if (!equal_ignore_case(name, "Accept-Encoding")) continue;
    std::string accept = value.text();
    if (encoding_accepted(coding, accept)) return;
    node.reject("invalid configuration \"" + name + ": " + accept + "\", \"compression: " + coding + "\"");
  }
}

void check_http3(const Node& node, const HttpOptions& options, bool http2_asked) {
  const Node asked = node.at("enable_http3");
  if (!asked.flag(false)) return;
  asked.reject("this version of vedette cannot probe over HTTP/3; remove the field or probe over HTTP/1.1 or HTTP/2");
  // What blackbox_exporter would not take either.
  for (const std::string& version : options.versions) {
    if (version != "HTTP/3.0") {
      node.reject(
          "HTTP/3 and HTTP/2.0/1.1 cannot be used together - only HTTP/3.0 is allowed when enable_http3 is true");
      return;
    }
  }
  if (http2_asked) node.reject("when enable_http3 is true, enable_http2 must be set to false");
}

void refuse_cel(const Node& node) {
  for (const char* key : {"fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel"}) {
    Node field = node.at(key);
    if (field.present()) {
      field.reject(
          "this version of vedette cannot evaluate CEL; use fail_if_body_matches_regexp or "
          "fail_if_body_not_matches_regexp");
    }
  }
}

Family read_family(const Node& node) {
  std::string text = node.text();
  return text.empty() || text == "ip6" ? Family::ip6 : Family::ip4;
}

void read_body(const Node& node, HttpOptions& options) {
  std::string body = node.at("body").text();
  options.body_file = node.at("body_file").text();
  if (!body.empty() && !options.body_file.empty()) node.reject("setting body and body_file both are not allowed");
  if (!body.empty()) options.body = std::move(body);
  options.compression = read_compression(node.at("compression"));
  options.body_size_limit = node.at("body_size_limit").size(0);
  options.body_forbidden = read_patterns(node.at("fail_if_body_matches_regexp"));
  options.body_wanted = read_patterns(node.at("fail_if_body_not_matches_regexp"));
}

}  // namespace

HttpOptions read_http_options(const Node& node) {
  HttpOptions options;
  for (const Node& code : node.at("valid_status_codes").items()) {
    options.status_codes.push_back(static_cast<int>(code.integer(0, 999, 200)));
  }
  options.versions = node.at("valid_http_versions").texts();
  options.family.preferred = read_family(node.at("preferred_ip_protocol"));
  options.family.fallback = node.at("ip_protocol_fallback").flag(true);
  options.skip_resolve_with_proxy = node.at("skip_resolve_phase_with_proxy").flag(false);
  options.follow_redirects = node.at("follow_redirects").flag(true);
  Node no_follow = node.at("no_follow_redirects");
  if (no_follow.present()) options.follow_redirects = !no_follow.flag(false);
  options.fail_if_ssl = node.at("fail_if_ssl").flag(false);
  options.fail_if_not_ssl = node.at("fail_if_not_ssl").flag(false);
  options.method = node.at("method").text("GET");
  if (options.method.empty()) options.method = "GET";
  if (!is_header_name(options.method)) node.at("method").reject("not an HTTP method: " + in_quotes(options.method));
  read_plain_headers(node.at("headers"), options);
  read_added_headers(node.at("http_headers"), options);
  std::stable_sort(options.headers.begin(), options.headers.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  read_body(node, options);
  options.header_forbidden = read_header_rules(node.at("fail_if_header_matches"));
  options.header_wanted = read_header_rules(node.at("fail_if_header_not_matches"));
  options.http2 = node.at("enable_http2").flag(true);
  check_http3(node, options, options.http2);
  check_accept_encoding(node);
  refuse_cel(node);
  options.auth = read_http_auth(node);
  options.proxy = read_http_proxy(node);
  options.tls = read_http_tls(node.at("tls_config"));
  node.finish();
  return options;
}

}  // namespace vedette
