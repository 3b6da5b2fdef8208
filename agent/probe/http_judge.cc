#include "probe/http_judge.h"

#include <algorithm>

#include "base/text.h"

namespace vedette {
namespace {

Failure check(Reason reason, std::string sentence) { return Failure{Phase::check, reason, std::move(sentence)}; }

std::optional<Failure> judge_status(const HttpOptions& options, int status) {
  bool good = options.status_codes.empty() ? status >= 200 && status < 300
                                           : std::find(options.status_codes.begin(), options.status_codes.end(),
                                                       status) != options.status_codes.end();
  if (good) return std::nullopt;
  std::string wanted = options.status_codes.empty() ? "200 to 299" : "";
  for (int code : options.status_codes) wanted += (wanted.empty() ? "" : ", ") + std::to_string(code);
  return check(Reason::status, "the status is " + std::to_string(status) + ", wanted: " + wanted);
}

std::vector<std::string_view> values_of(const HttpHeaders& headers, const std::string& name) {
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (equal_ignore_case(headers.name(i), name)) values.push_back(headers.value(i));
  }
  return values;
}

// With several values of one name: forbidden fails if any matches, wanted fails if none does.
std::optional<Failure> judge_headers(const HttpOptions& options, const HttpHeaders& headers) {
  auto judge = [&](const HeaderRule& rule, bool forbidden) -> std::optional<Failure> {
    auto values = values_of(headers, rule.header);
    if (values.empty()) {
      if (rule.allow_missing) return std::nullopt;
      return check(Reason::header_mismatch, "the answer has no header " + rule.header);
    }
    bool found =
        std::any_of(values.begin(), values.end(), [&](std::string_view value) { return rule.pattern.found_in(value); });
    if (found != forbidden) return std::nullopt;
    return check(Reason::header_mismatch, "header " + rule.header + (forbidden ? " matches " : " does not match ") +
                                              in_quotes(rule.pattern.text()));
  };
  for (const HeaderRule& rule : options.header_forbidden) {
    if (auto failure = judge(rule, true)) return failure;
  }
  for (const HeaderRule& rule : options.header_wanted) {
    if (auto failure = judge(rule, false)) return failure;
  }
  return std::nullopt;
}

std::optional<Failure> judge_reading(const HttpOptions& options, const HttpReply& reply, const HttpBody& body) {
  if (body.broken()) return Failure{Phase::response, Reason::compression, "the body is not what `compression` says"};
  if (body.over_limit()) {
    return Failure{Phase::response, Reason::body_too_large,
                   "the body is larger than body_size_limit, " + std::to_string(options.body_size_limit) + " bytes"};
  }
  if (body.too_large_to_keep()) {
    return Failure{
        Phase::response, Reason::body_too_large,
        "the body is larger than the 8 MiB that patterns are searched in; set body_size_limit to fail earlier"};
  }
  if (body.no_room()) {
    return Failure{Phase::agent, Reason::out_of_resources,
                   "the bodies of the probes under way take 256 MiB, which is the most that is kept for patterns"};
  }
  return reply.failure;
}

std::optional<Failure> judge_body(const HttpOptions& options, const std::string& text) {
  for (const Pattern& pattern : options.body_forbidden) {
    if (pattern.found_in(text)) return check(Reason::body_mismatch, "the body matches " + in_quotes(pattern.text()));
  }
  for (const Pattern& pattern : options.body_wanted) {
    if (!pattern.found_in(text))
      return check(Reason::body_mismatch, "the body does not match " + in_quotes(pattern.text()));
  }
  return std::nullopt;
}

std::string version_text(double version) {
  if (version == 1.0) return "HTTP/1.0";
  if (version == 1.1) return "HTTP/1.1";
  return version == 2 ? "HTTP/2.0" : "HTTP/3.0";
}

std::optional<Failure> judge_connection(const HttpOptions& options, double version, bool https) {
  const auto& wanted = options.versions;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), version_text(version)) == wanted.end()) {
    return check(Reason::http_version,
                 "the answer came as " + version_text(version) + ", which valid_http_versions does not list");
  }
  if (https && options.fail_if_ssl)
    return check(Reason::ssl_used, "the final answer came over TLS and fail_if_ssl is set");
  if (!https && options.fail_if_not_ssl) {
    return check(Reason::ssl_missing, "the final answer did not come over TLS and fail_if_not_ssl is set");
  }
  return std::nullopt;
}

}  // namespace

HttpVerdict judge_http(const HttpOptions& options, const HttpReply& reply, const HttpBody& body, bool https) {
  if (auto failure = judge_status(options, reply.status)) return {failure, false};
  if (auto failure = judge_headers(options, reply.headers)) return {failure, true};
  bool patterns = !options.body_forbidden.empty() || !options.body_wanted.empty();
  if (auto failure = judge_reading(options, reply, body))
    return {failure, patterns && failure->reason != Reason::compression};
  if (auto failure = judge_body(options, body.text())) return {failure, true};
  return {judge_connection(options, reply.version, https), false};
}

}  // namespace vedette
