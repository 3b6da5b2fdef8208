#include "probe/http_series.h"

namespace vedette {
namespace {

constexpr Metric kLookupTime{"probe_dns_lookup_time_seconds", "Returns the time taken for probe dns lookup in seconds"};
constexpr Metric kProtocol{"probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6"};
constexpr Metric kHash{"probe_ip_addr_hash",
                       "Specifies the hash of IP address. It's useful to detect if the IP address changes."};
constexpr Metric kDuration{"probe_http_duration_seconds",
                           "Duration of http request by phase, summed over all redirects"};
constexpr Metric kStatusCode{"probe_http_status_code", "Response HTTP status code"};
constexpr Metric kLength{"probe_http_content_length", "Length of http content response"};
constexpr Metric kUncompressed{"probe_http_uncompressed_body_length", "Length of uncompressed response body"};
constexpr Metric kRedirectCount{"probe_http_redirects", "The number of redirects"};
constexpr Metric kSslUsed{"probe_http_ssl", "Indicates if SSL was used for the final redirect"};
constexpr Metric kHttpVersion{"probe_http_version", "Returns the version of HTTP of the probe response"};
constexpr Metric kFailedRegex{"probe_failed_due_to_regex", "Indicates if probe failed due to regex"};
constexpr Metric kModified{"probe_http_last_modified_timestamp_seconds",
                           "Returns the Last-Modified HTTP response header in unixtime"};
constexpr Metric kEarliest{"probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime"};
constexpr Metric kChain{"probe_ssl_last_chain_expiry_timestamp_seconds", "Returns last SSL chain expiry in timestamp"};

// In the order of HttpSeries.
constexpr Series kSeries[] = {
    {&kLookupTime, ""},
    {&kProtocol, ""},
    {&kHash, ""},
    {&kDuration, "phase=\"resolve\""},
    {&kDuration, "phase=\"connect\""},
    {&kDuration, "phase=\"tls\""},
    {&kDuration, "phase=\"processing\""},
    {&kDuration, "phase=\"transfer\""},
    {&kStatusCode, ""},
    {&kLength, ""},
    {&kUncompressed, ""},
    {&kRedirectCount, ""},
    {&kSslUsed, ""},
    {&kHttpVersion, ""},
    {&kFailedRegex, ""},
    {&kModified, ""},
    {&kEarliest, ""},
    {&kChain, ""},
};

}  // namespace

const Metric kChainInfo{"probe_ssl_last_chain_info", "Contains SSL leaf certificate information"};
const Metric kTlsVersionInfo{"probe_tls_version_info", "Returns the TLS version used or NaN when unknown"};
const Metric kTlsCipherInfo{"probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake"};

Schema http_schema() { return kSeries; }

Readings blank_http_readings() {
  Readings readings(kSeries);
  for (std::size_t always : {kStatus, kContentLength, kBodyLength, kRedirects, kSsl, kVersion, kRegex}) {
    readings.set(always, 0);
  }
  return readings;
}

}  // namespace vedette
