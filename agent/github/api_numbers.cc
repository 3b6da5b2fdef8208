#include "github/api_numbers.h"

namespace vedette {

void ApiNumbers::count(const std::string& endpoint, const std::string& code, Duration took) {
  counts_.with([&](Counts& counts) { ++counts.requests[{endpoint, code}]; });
  seconds_.observe(to_seconds(took));
}

void ApiNumbers::count_retry(const std::string& reason) {
  counts_.with([&](Counts& counts) { ++counts.retries[reason]; });
}

void ApiNumbers::rate(Rate rate) {
  counts_.with([&](Counts& counts) {
    const std::pair key{rate.credential, rate.resource};
    counts.rates[key] = std::move(rate);
  });
}

void ApiNumbers::expiry(const std::string& credential, std::optional<WallTime> at) {
  counts_.with([&](Counts& counts) {
    if (at) counts.expiries[credential] = *at;
    if (!at) counts.expiries.erase(credential);
  });
}

void ApiNumbers::append_to(std::vector<OwnFamily>& families) const {
  using Type = OwnFamily::Type;
  OwnFamily requests{"vedette_github_api_requests_total", "Answers of GitHub, by route and status.", Type::counter, {}};
  OwnFamily unchanged{"vedette_github_api_not_modified_total",
                      "Answers that nothing has changed, which cost no quota, by route.",
                      Type::counter,
                      {}};
  OwnFamily retries{"vedette_github_api_retries_total", "Questions asked again, by reason.", Type::counter, {}};
  OwnFamily limit{"vedette_github_api_rate_limit_limit", "Requests or points an hour.", Type::gauge, {}};
  OwnFamily left{"vedette_github_api_rate_limit_remaining", "Of these, what is left.", Type::gauge, {}};
  OwnFamily reset{
      "vedette_github_api_rate_limit_reset_timestamp_seconds", "When all of them are back.", Type::gauge, {}};
  OwnFamily expiry{
      "vedette_github_credential_expiry_timestamp_seconds", "When the token ends, if it does.", Type::gauge, {}};
  OwnFamily took{
      "vedette_github_api_request_duration_seconds", "How long answers took.", Type::histogram, {seconds_.point({})}};
  counts_.with([&](const Counts& counts) {
    for (const auto& [key, count] : counts.requests) {
      requests.points.push_back({{{"endpoint", key.first}, {"code", key.second}}, count, {}});
      if (key.second == "304") unchanged.points.push_back({{{"endpoint", key.first}}, count, {}});
    }
    for (const auto& [reason, count] : counts.retries) retries.points.push_back({{{"reason", reason}}, count, {}});
    for (const auto& [key, rate] : counts.rates) {
      const Labels labels{{"credential", rate.credential}, {"resource", rate.resource}};
      limit.points.push_back({labels, rate.limit, {}});
      left.points.push_back({labels, rate.remaining, {}});
      reset.points.push_back({labels, to_seconds(rate.reset), {}});
    }
    for (const auto& [credential, at] : counts.expiries)
      expiry.points.push_back({{{"credential", credential}}, to_seconds(at), {}});
  });
  for (OwnFamily* family : {&requests, &unchanged, &retries, &limit, &left, &reset, &expiry, &took}) {
    if (!family->points.empty()) families.push_back(std::move(*family));
  }
}

}  // namespace vedette
