#include "model/web.h"

#include "support/catch.h"

using namespace vedette;

namespace {

WebRequest asking(std::string query) {
  WebRequest request;
  request.query = std::move(query);
  return request;
}

}  // namespace

TEST_CASE("A parameter is the first of its name, decoded once") {
  const WebRequest request = asking("target=http%3A%2F%2Fx%2F%3Fa%3Db%2526c&target=other&module=a+b");
  CHECK(request.parameter("target") == "http://x/?a=b%26c");
  CHECK(request.parameter("module") == "a b");
}

TEST_CASE("A parameter that is absent differs from one that is empty") {
  const WebRequest request = asking("&debug&empty=&x=1&");
  CHECK(request.has_parameter("debug"));
  CHECK(request.has_parameter("empty"));
  CHECK_FALSE(request.has_parameter("absent"));
  CHECK_FALSE(request.has_parameter(""));
  CHECK(request.parameter("debug").empty());
  CHECK(request.parameter("absent").empty());
  CHECK_FALSE(asking("").has_parameter(""));
}

TEST_CASE("Names are decoded too, and are not prefixes") {
  const WebRequest request = asking("targets=no&tar%67et=yes");
  CHECK(request.parameter("target") == "yes");
}

TEST_CASE("Bad escapes stay as they are while good ones are decoded") {
  const WebRequest request = asking("a=100%&b=%zz%20%4&c=a=b%3D");
  CHECK(request.parameter("a") == "100%");
  CHECK(request.parameter("b") == "%zz %4");
  CHECK(request.parameter("c") == "a=b=");
}

TEST_CASE("A header is found whatever its case") {
  WebRequest request;
  request.headers = {{"Accept-Encoding", "gzip"}, {"X-Twice", "1"}, {"x-twice", "2"}};
  CHECK(request.header("accept-encoding") == "gzip");
  CHECK(request.header("X-TWICE") == "1");
  CHECK(request.header("Accept").empty());
}
