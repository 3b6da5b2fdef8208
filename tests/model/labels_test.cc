#include "model/labels.h"

#include "support/catch.h"

using namespace vedette;

TEST_CASE("Labels become text in their order") {
  CHECK(label_text({{"target", "shop"}, {"module", "http_2xx"}}) == R"(target="shop",module="http_2xx")");
  CHECK(label_text({}).empty());
  CHECK(label_text({{"empty", ""}}) == R"(empty="")");
}

TEST_CASE("Backslash, quote and newline in a label's value are escaped, nothing else is") {
  CHECK(label_text({{"a", "x\\y\"z\nw"}}) == "a=\"x\\\\y\\\"z\\nw\"");
  CHECK(label_text({{"a", "tab\t\xc3\xa9,="}}) == "a=\"tab\t\xc3\xa9,=\"");
}

TEST_CASE("What is not UTF-8, and NUL, becomes the replacement character: a page must stay readable") {
  CHECK(label_text({{"a", "x\xff\"y\xc3"}}) == "a=\"x\xef\xbf\xbd\\\"y\xef\xbf\xbd\"");
  CHECK(label_text({{"a", std::string("x\0y", 3)}}) == "a=\"x\xef\xbf\xbdy\"");
}

TEST_CASE("A label can be appended to ready text") {
  std::string text = R"(le="1")";
  append_label(text, "code", "200");
  CHECK(text == R"(le="1",code="200")");
}
