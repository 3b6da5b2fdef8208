#include "base/text.h"

#include "support/catch.h"

namespace vedette {
namespace {

TEST_CASE("text is trimmed of white space at both ends only") {
  CHECK(trim("  a b\r\n") == "a b");
  CHECK(trim(" \t\r\n") == "");
  CHECK(trim("") == "");
}

TEST_CASE("text is split at every separator") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(split("a,", ',') == std::vector<std::string_view>{"a", ""});
}

TEST_CASE("case is ignored for ASCII letters only") {
  CHECK(to_lower("Content-TYPE \xc3\x84") == "content-type \xc3\x84");
  CHECK(equal_ignore_case("HtTp", "hTtP"));
  CHECK_FALSE(equal_ignore_case("http", "https"));
  CHECK_FALSE(equal_ignore_case("@", "`"));
  CHECK(starts_with_ignore_case("HTTPS://x", "https://"));
  CHECK_FALSE(starts_with_ignore_case("htt", "https"));
}

TEST_CASE("numbers are read whole or not at all") {
  CHECK(parse_int<int>("-12") == -12);
  CHECK(parse_int<int>("ff", 16) == 255);
  CHECK_FALSE(parse_int<int>(""));
  CHECK_FALSE(parse_int<int>(" 1"));
  CHECK_FALSE(parse_int<int>("1 "));
  CHECK_FALSE(parse_int<int>("+1"));
  CHECK_FALSE(parse_int<std::uint8_t>("256"));
  CHECK_FALSE(parse_int<unsigned>("-1"));
}

TEST_CASE("percent signs are decoded and a broken one refuses the whole") {
  CHECK(percent_decode("a%20b+c%2f%2F") == "a b+c//");
  CHECK(query_decode("a%20b+c") == "a b c");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(percent_decode("") == "");
  for (const std::string_view broken : {"%", "a%2", "%zz", "%2x"}) CHECK_FALSE(percent_decode(broken));
}

TEST_CASE("base64 goes both ways with padding") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {std::string("\xff\x00\xfe", 3), "/wD+"}};
  for (const auto& [bytes, text] : rows) {
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text) == bytes);
  }
  CHECK(base64_decode("Zm 9v\n Yg=\n=") == "foob");
  for (const std::string_view broken : {"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zm9*", "====", "="}) {
    INFO(broken);
    CHECK_FALSE(base64_decode(broken));
  }
}

TEST_CASE("hashes are FNV-1a's published values") {
  CHECK(fnv1a_32("") == 0x811c9dc5u);
  CHECK(fnv1a_32("a") == 0xe40c292cu);
  CHECK(fnv1a_32("foobar") == 0xbf9cf968u);
  CHECK(fnv1a_64("") == 0xcbf29ce484222325u);
  CHECK(fnv1a_64("foobar") == 0x85944171f73967e8u);
}

TEST_CASE("bytes are written in hexadecimal") { CHECK(hex("\x01\xaf") == "01af"); }

TEST_CASE("broken UTF-8 is found at its first byte") {
  CHECK_FALSE(find_invalid_utf8("plain, \xc3\xa4, \xe2\x82\xac, \xf0\x9f\x98\x80"));
  CHECK(find_invalid_utf8("ab\xff") == 2u);
  CHECK(find_invalid_utf8("\xc0\xaf") == 0u);          // overlong
  CHECK(find_invalid_utf8("\xe0\x80\xaf") == 0u);      // overlong
  CHECK(find_invalid_utf8("\xed\xa0\x80") == 0u);      // surrogate
  CHECK(find_invalid_utf8("\xf4\x90\x80\x80") == 0u);  // beyond U+10FFFF
  CHECK(find_invalid_utf8("a\xe2\x82") == 1u);         // cut off
}

TEST_CASE("quoted text shows on one line and stays short") {
  CHECK(in_quotes("a \"b\"\n\x01\xff") == "\"a \\\"b\\\"\\n\\x01\\xff\"");
  CHECK(in_quotes("\xc3\xa4") == "\"\xc3\xa4\"");
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcdef", 3) == "abc... (3 bytes more)");
  CHECK(shortened("a\xc3\xa4", 2) == "a... (2 bytes more)");
  CHECK(in_quotes(std::string(500, 'x')) == "\"" + std::string(80, 'x') + "...\"");
}

}  // namespace
}  // namespace vedette
