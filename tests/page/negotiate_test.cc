#include "page/metrics.h"
#include "support/catch.h"

using namespace vedette;

TEST_CASE("OpenMetrics is what Prometheus asks for by default") {
  CHECK(
      choose_exposition("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1") == Exposition::openmetrics);
  CHECK(choose_exposition("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                          "text/plain;version=0.0.4;q=0.4,*/*;q=0.2") == Exposition::openmetrics);
  CHECK(choose_exposition("Application/OpenMetrics-Text") == Exposition::openmetrics);
  CHECK(choose_exposition("text/plain, application/openmetrics-text") == Exposition::openmetrics);
}

TEST_CASE("Text is for everybody who does not ask for OpenMetrics by name") {
  CHECK(choose_exposition("") == Exposition::text);
  CHECK(choose_exposition("*/*") == Exposition::text);
  CHECK(choose_exposition("text/html,application/xhtml+xml,*/*;q=0.8") == Exposition::text);
  CHECK(choose_exposition("application/*") == Exposition::text);
}

TEST_CASE("Text wins when it weighs more, when OpenMetrics weighs nothing or is an unknown version") {
  CHECK(choose_exposition("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5") == Exposition::text);
  CHECK(choose_exposition("text/*;q=0.9, application/openmetrics-text;q=0.5") == Exposition::text);
  CHECK(choose_exposition("*/*;q=0.9, application/openmetrics-text;q=0.5") == Exposition::text);
  CHECK(choose_exposition("text/plain;q=0.1, */*;q=0.9, application/openmetrics-text;q=0.5") ==
        Exposition::openmetrics);
  CHECK(choose_exposition("application/openmetrics-text;q=0") == Exposition::text);
  CHECK(choose_exposition("application/openmetrics-text;q=high") == Exposition::text);
  CHECK(choose_exposition("application/openmetrics-text;version=0.0.1") == Exposition::text);
}

TEST_CASE("Each format has its content type") {
  CHECK(content_type(Exposition::text) == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(content_type(Exposition::openmetrics) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST_CASE("gzip is used when it is allowed, never when it is not") {
  CHECK(accepts_gzip("gzip"));
  CHECK(accepts_gzip("deflate, GZIP;q=0.5"));
  CHECK(accepts_gzip("*"));
  CHECK(accepts_gzip("br;q=1.0, *;q=0.1"));
  CHECK_FALSE(accepts_gzip(""));
  CHECK_FALSE(accepts_gzip("identity"));
  CHECK_FALSE(accepts_gzip("gzip;q=0"));
  CHECK_FALSE(accepts_gzip("gzip; q=0.000, *"));
  CHECK_FALSE(accepts_gzip("notgzip"));
}
