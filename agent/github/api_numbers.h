#pragma once
// What is counted of the questions to GitHub: written on the loop's thread, read by any.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/time.h"
#include "model/own.h"

namespace vedette {

class ApiNumbers {
 public:
  /// `code`: "200", "304", "none" for no answer.
  void count(const std::string& endpoint, const std::string& code, Duration took);
  void count_retry(const std::string& reason);

  /// Of one credential and resource, as last heard.
  struct Rate {
    std::string credential, resource;
    double limit = 0, remaining = 0;
    WallTime reset{};
  };
  void rate(Rate rate);
  void expiry(const std::string& credential, std::optional<WallTime> at);

  /// The families vedette_github_api_* and vedette_github_credential_expiry_timestamp_seconds. Any thread.
  void append_to(std::vector<OwnFamily>& families) const;

 private:
  struct Counts {
    std::map<std::pair<std::string, std::string>, double> requests;  // by endpoint and code
    std::map<std::string, double> retries;
    std::map<std::pair<std::string, std::string>, Rate> rates;
    std::map<std::string, WallTime> expiries;
  };
  Guarded<Counts> counts_;
  Histogram seconds_{{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}};
};

}  // namespace vedette
