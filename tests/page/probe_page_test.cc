#include "page/example.h"
#include "page/golden.h"
#include "support/catch.h"

using namespace vedette;

namespace {

ProbeResult http_result() {
  ProbeResult result;
  result.readings = Readings(example::kHttp);
  result.readings.set(0, 0.000123);
  result.readings.set(1, 200);
  result.readings.set(3, 0.041);  // out of order: the page sorts
  result.readings.set(2, 7.3408e-05);
  result.elapsed = milliseconds(44);
  return result;
}

}  // namespace

TEST_CASE("The page of a probe that went well is the golden one") {
  ProbeResult result = http_result();
  result.infos = {{&example::kTls, R"(version="TLS 1.3",cipher="a,\"b\"=c",alpn="h2")", 1}};
  CHECK(probe_page(result, seconds(9)) == golden("probe_up.txt"));
}

TEST_CASE("The page of a probe that failed says why and leaves out what was not measured") {
  ProbeResult result;
  result.readings = Readings(example::kHttp);
  result.readings.set(0, 1.4e9);
  result.elapsed = milliseconds(9500);
  result.failure = Failure{Phase::tls, Reason::tls_expired, "the certificate has expired"};
  CHECK(probe_page(result, milliseconds(9500)) == golden("probe_down.txt"));
}
