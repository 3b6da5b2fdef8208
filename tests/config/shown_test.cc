// What /config shows: the same values as the file, and no secret.

#include <cstdlib>

#include "config/node.h"
#include "support/catch.h"

namespace vedette {
namespace {

std::string shown(const std::string& text) { return Document::read("f.yml", text).shown(); }

TEST_CASE("a file is shown as YAML without its comments") {
  CHECK(shown("# why\na: 1 # one\nb: [x, {c: d, e: []}]\nf: {}\ng:\nh: \"200\"\ni: 'it''s'\n") ==
        "a: 1\nb:\n  - x\n  - c: d\n    e: []\nf: {}\ng: null\nh: \"200\"\ni: \"it's\"\n");
}

TEST_CASE("what is shown reads as the same values") {
  const std::string text =
      "plain: a b\nregex: '^a$ # no: comment'\nmulti: \"one\\ntwo\\ttab \\x01 \\u20ac\"\nnumber: -1.5\ndash: "
      "'-'\nword: \"null\"\n"
      "\"quoted key: x\": y\nlist: [[1, 2], [], {a: [b]}, ~]\nbytes: !!binary /wA=\nvariable: ${HOME}\nfolded: one\n  "
      "two\n"
      "colon: a:b\ntilde: ~user\ndots: \"...\"\nstar: '*x'\nempty: ''\n";
  const std::string once = shown(text);
  const Document again = Document::read("f.yml", once);
  INFO(once);
  CHECK(again.problems().empty());
  CHECK(again.shown() == once);
  CHECK(again.root().at("regex").text() == "^a$ # no: comment");
  CHECK(again.root().at("multi").text() == "one\ntwo\ttab \x01 \xe2\x82\xac");
  CHECK(again.root().at("quoted key: x").text() == "y");
  CHECK(again.root().at("bytes").text() == std::string("\xff\0", 2));
  CHECK(again.root().at("list").items().size() == 4);
}

TEST_CASE("what was read as a secret is not shown, wherever else it stands") {
  const Document document = Document::read("f.yml", "a: &s hunter2\nb: [*s, 1]\n");
  CHECK(*document.root().at("a").secret().reveal() == "hunter2");
  CHECK(document.shown() == "a: <secret>\nb:\n  - <secret>\n  - 1\n");
}

TEST_CASE("what speaks of a secret is not shown, even if nobody read it") {
  const std::string text = shown(
      "basic_auth: {username: u, password: hunter2, password_file: /run/p}\n"
      "bearer_token: hunter2\noauth2: {client_secret: hunter2, token_url: http://t/}\n"
      "authorization: {type: Bearer, credentials: hunter2}\n"
      "tls_config: {key: hunter2, key_file: /run/k}\n"
      "headers: {Authorization: hunter2, X-Api-Key: hunter2, Cookie: hunter2, Accept: text/html}\n"
      "http_headers: {X-Token: {values: [hunter2], secrets: [hunter2], files: [/run/f]}}\n"
      "proxy_connect_header: {Proxy-Authorization: [hunter2]}\n");
  INFO(text);
  CHECK(text.find("hunter2") == std::string::npos);
  for (const char* kept : {"username: u", "/run/p", "/run/k", "/run/f", "http://t/", "type: Bearer", "text/html"}) {
    INFO(kept);
    CHECK(text.find(kept) != std::string::npos);
  }
}

TEST_CASE("passwords and secret parameters of URLs are masked") {
  CHECK(shown("a: http://u:p@h/x?a=1&token=t&b=2#f\n") == "a: \"http://u:xxxxx@h/x?a=1&token=xxxxx&b=2#f\"\n");
  CHECK(shown("a: \"http://u:p@q:r@h\"\n") == "a: \"http://u:xxxxx@h\"\n");
  CHECK(shown("a: http://h:80/@x:y@\n") == "a: http://h:80/@x:y@\n");
  CHECK(shown("a: http://u@h/\n") == "a: http://u@h/\n");
  CHECK(shown("mail: a:b@c\n") == "mail: a:b@c\n");
  const Document document = Document::read("f.yml", "a: u:p@h\n");
  CHECK(document.root().at("a").url() == "u:p@h");
  CHECK(document.shown() == "a: u:xxxxx@h\n");
}

TEST_CASE("variables are shown by name, never by value") {
  ::setenv("VEDETTE_T", "hunter2", 1);
  const Document document = Document::read("f.yml", "a: x-${VEDETTE_T}\n");
  CHECK(document.root().at("a").text() == "x-hunter2");
  CHECK(document.shown() == "a: \"x-${VEDETTE_T}\"\n");
  ::unsetenv("VEDETTE_T");
}

TEST_CASE("a file that is not YAML shows nothing") {
  CHECK(shown("a: [") == "");
  CHECK(shown("word") == "word\n");
  CHECK(shown("[]") == "[]\n");
}

}  // namespace
}  // namespace vedette
