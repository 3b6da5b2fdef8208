#include "model/failure.h"

#include <set>
#include <string_view>
#include <vector>

#include "support/catch.h"

using namespace vedette;

TEST_CASE("Every phase has its own name") {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Phase::check); ++i) names.push_back(phase_name(static_cast<Phase>(i)));
  CHECK(names == std::vector<std::string_view>{"agent", "resolve", "connect", "tls", "request", "response", "check"});
  CHECK(phase_name(Phase::tls) == "tls");
}

TEST_CASE("A reason's name is its word, and the closed set lists each once with what it means") {
  CHECK(reason_name(Reason::dns_nxdomain) == "dns_nxdomain");
  CHECK(reason_name(Reason::internal) == "internal");
  CHECK(all_reasons().size() == static_cast<std::size_t>(Reason::internal) + 1);
  std::set<std::string_view> names;
  for (const ReasonText& reason : all_reasons()) {
    CHECK(names.insert(reason.name).second);
    CHECK(reason.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
    CHECK_FALSE(reason.help.empty());
  }
}
