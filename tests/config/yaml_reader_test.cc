// What any bytes become: a tree whose lines are right, or one problem that says why not.

#include "support/catch.h"

#include "config/node.h"

namespace vedette {
namespace {

std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> texts;
  const Document document = Document::read("f.yml", text);
  for (const Problem& problem : document.problems()) texts.push_back(problem.text());
  return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("every node knows its line") {
  const Document document = Document::read("f.yml",
                                           "# comment\n"          // 1
                                           "\n"                   // 2
                                           "plain: a\n"           // 3
                                           "folded: one\n"        // 4
                                           "  two\n"              // 5
                                           "list:\n"              // 6
                                           "  - x\n"              // 7
                                           "  # comment\n"        // 8
                                           "  -\n"                // 9
                                           "\n"                   // 10
                                           "  - {a: 1,\n"         // 11
                                           "     b: 2}\n"         // 12
                                           "empty:\n"             // 13
                                           "block: |\n"           // 14
                                           "  text\n"             // 15
                                           "map:\n"               // 16
                                           "  # comment\n"        // 17
                                           "  inner:\n"           // 18
                                           "    leaf: \"x\"\n");  // 19
  REQUIRE(document.problems().empty());
  const Node root = document.root();
  CHECK(root.line() == 3);
  CHECK(root.at("plain").line() == 3);
  CHECK(root.at("folded").line() == 4);
  CHECK(root.at("folded").text() == "one two");
  CHECK(root.at("list").line() == 6);
  const auto items = root.at("list").items();
  REQUIRE(items.size() == 3);
  CHECK(items[0].line() == 7);
  CHECK(items[1].line() == 9);
  CHECK(items[1].kind() == Node::Kind::null);
  CHECK(items[2].line() == 11);
  CHECK(items[2].at("b").line() == 12);
  CHECK(root.at("empty").line() == 13);
  CHECK(root.at("block").line() == 14);
  CHECK(root.at("block").text() == "text\n");
  CHECK(root.at("map").line() == 16);
  CHECK(root.at("map").at("inner").line() == 18);
  CHECK(root.at("map").at("inner").at("leaf").line() == 19);
}

TEST_CASE("a missing key stands at its parent's line, and its path goes on") {
  const Document document = Document::read("f.yml", "a:\n  b:\n    c: 1\n");
  const Node missing = document.root().at("a").at("b").at("x").at("y");
  CHECK_FALSE(missing.present());
  CHECK(missing.line() == 2);
  CHECK(missing.path() == "a.b.x.y");
  CHECK(missing.file() == "f.yml");
}

TEST_CASE("paths show members, elements, and strange keys in quotes") {
  const Document document = Document::read("f.yml", "targets:\n- {}\n- a.b: [x]\n");
  const Node node = document.root().at("targets").items()[1].at("a.b").items()[0];
  CHECK(node.path() == "targets[1].\"a.b\"[0]");
}

TEST_CASE("an empty file is a problem and not a crash") {
  for (const std::string text : {"", "\n\n", "# only a comment\n", "---\n", "\xef\xbb\xbf", "~\n"}) {
    INFO(text);
    CHECK(problems_of(text) == Texts{"f.yml:1: EOF: the file is empty"});
    CHECK_FALSE(Document::read("f.yml", text).readable());
  }
}

TEST_CASE("byte order mark and all line ends are read, and lines counted alike") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const Document document = Document::read("f.yml",
                                             "\xef\xbb\xbf"
                                             "a: 1" +
                                                 end + "b: |" + end + "  x" + end + "  y" + end + "c: 2");
    REQUIRE(document.problems().empty());
    CHECK(document.root().at("b").text() == "x\ny\n");
    CHECK(document.root().at("c").line() == 5);
  }
}

TEST_CASE("what is no text in UTF-8 is refused with its line") {
  using namespace std::string_literals;
  CHECK(problems_of("a: 1\nb: \0x\n"s) == Texts{"f.yml:2: the file holds a NUL byte; it is no text in UTF-8"});
  CHECK(problems_of("a: 1\nb: \xff\n") == Texts{"f.yml:2: the file is not UTF-8 from here on"});
  CHECK(problems_of("\xff\xfe"
                    "a\0:\0"s) == Texts{"f.yml:1: the file is UTF-16; save it as UTF-8"});
}

TEST_CASE("syntax errors say the line and what to do") {
  CHECK(problems_of("a:\n\tb: 1\n").size() == 1);
  CHECK(problems_of("a: [1, 2\nb: 3\n").front().starts_with("f.yml:2: not valid YAML: a [ is not closed"));
  CHECK(problems_of("a: \"x\n").front().find("a quoted text is not closed") != std::string::npos);
  CHECK(problems_of("a: *nobody\n").front().starts_with("f.yml:1: not valid YAML: "));
  CHECK(problems_of("a: 1\n  b: 2\n").front().starts_with("f.yml:2: not valid YAML: a key cannot stand here"));
}

TEST_CASE("a quote that is never closed is found at its beginning, wherever the parser would go on to") {
  const Texts unclosed{"f.yml:2: not valid YAML: a quoted text is not closed"};
  for (const std::string value : {"\"x\nc: 2\n", "'x\nc: 2\n", "&a !!str \"x\\\"\n", "'it''s''\n", "\""}) {
    INFO(value);
    CHECK(problems_of("a: 1\nb: " + value) == unclosed);
  }
  CHECK(problems_of("a: 1\nb: 'it''s' # \"\n").empty());
  CHECK(problems_of("a: 1\nb: |\n  \"x\n").empty());
}

TEST_CASE("a key given twice is a problem for each, and the first counts") {
  const Document document = Document::read("f.yml", "a: 1\nm:\n  - {x: 1, y: 2,\n     x: 3}\na: 2\n\"a\": 3\n");
  Texts texts;
  for (const Problem& problem : document.problems()) texts.push_back(problem.text());
  CHECK(texts == Texts{"f.yml:4: m[0].x: is given twice: already defined at line 3",
                       "f.yml:5: a: is given twice: already defined at line 1",
                       "f.yml:6: a: is given twice: already defined at line 1"});
  CHECK(document.root().at("a").text() == "1");
}

TEST_CASE("a key given twice is found in a large map too") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  CHECK(problems_of(text + "k7: 2\n") == Texts{"f.yml:1001: k7: is given twice: already defined at line 8"});
}

TEST_CASE("keys must be text") {
  CHECK(problems_of("? [a]\n: 1\n") == Texts{"f.yml:1: a key must be text, found a list or map"});
  CHECK(problems_of("m: {~: 1}\n") == Texts{"f.yml:1: m: a key must be text, found nothing"});
}

TEST_CASE("a second document in the file is a problem at its line") {
  CHECK(problems_of("---\na: 1\n...\n---\nb: 2\n") ==
        Texts{"f.yml:4: a second YAML document begins here; a file holds one"});
  CHECK(problems_of("---\na: 1\n...\n").empty());
}

TEST_CASE("aliases stand for their value, at the place of the alias") {
  const Document document = Document::read("f.yml", "a: &x {k: [1]}\nb: *x\nc: &s word\nd: [*s]\n");
  REQUIRE(document.problems().empty());
  CHECK(document.root().at("b").at("k").items()[0].integer(0, 9, 5) == 1);
  CHECK(document.root().at("b").line() == 2);
  CHECK(document.root().at("b").at("k").path() == "b.k");
  CHECK(document.root().at("d").items()[0].text() == "word");
}

TEST_CASE("merge keys bring members that the map has not, the first of several winning") {
  const Document document = Document::read("f.yml",
                                           "a: &a {x: 1, y: 1}\n"
                                           "b: &b {y: 2, z: 2}\n"
                                           "one: {<<: *a, x: 0}\n"
                                           "two: {z: 0, <<: [*a, *b]}\n"
                                           "three: &c\n"
                                           "  <<: {w: 3}\n"
                                           "four: {<<: *c}\n");
  REQUIRE(document.problems().empty());
  const auto value = [&](const char* map, const char* key) { return document.root().at(map).at(key).text("-"); };
  CHECK(value("one", "x") + value("one", "y") + value("one", "z") == "01-");
  CHECK(value("two", "x") + value("two", "y") + value("two", "z") == "110");
  CHECK(value("four", "w") == "3");
  CHECK(document.root().at("two").members().size() == 3);
  CHECK_FALSE(document.root().at("one").at("<<").present());
}

TEST_CASE("a merge key must name maps") {
  CHECK(problems_of("a: {<<: 1}\n") == Texts{"f.yml:1: a.<<: must name a map, or a list of maps"});
  CHECK(problems_of("a: {<<: [{x: 1}, 2]}\n") == Texts{"f.yml:1: a.<<: must name a map, or a list of maps"});
}

TEST_CASE("aliases that stand for endlessly much are refused at once") {
  std::string laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 8; ++k) laughs += ", " + before;
    laughs += "]\n";
  }
  CHECK(problems_of(laughs) == Texts{"f.yml:7: aliases and merge keys stand for more than 64 MiB"});
  std::string merges = "b: &b {";
  for (int i = 0; i < 2000; ++i) merges += "k" + std::to_string(i) + ": 1, ";
  merges += "z: 1}\n";
  for (int i = 0; i < 5000; ++i) merges += "m" + std::to_string(i) + ": {<<: *b}\n";
  CHECK(problems_of(merges).front().find("stand for more than 64 MiB") != std::string::npos);
}

TEST_CASE("an alias within its own value is refused") {
  CHECK(problems_of("a: &a\n  b: [1, *a]\n") == Texts{"f.yml:2: an alias stands within the value it stands for"});
}

TEST_CASE("nesting is bounded, with and without aliases") {
  const Texts too_deep{"f.yml:1: values are nested deeper than 100 levels"};
  CHECK(problems_of(std::string(100, '[') + std::string(100, ']')).empty());
  CHECK(problems_of(std::string(101, '[') + std::string(101, ']')) == too_deep);
  CHECK(problems_of(std::string(1 << 20, '[')) == too_deep);
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 200; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  CHECK(problems_of(chain).front().find("nested deeper than 100 levels") != std::string::npos);
}

TEST_CASE("a file that is too large is refused before it is parsed") {
  CHECK(problems_of(std::string((16 << 20) + 1, '#')) == Texts{"f.yml: the file is larger than 16 MiB"});
}

TEST_CASE("tags of YAML itself are obeyed and others refused") {
  const Document document = Document::read("f.yml", "a: !!binary aGVs\nb: !!str 12\nc: !!int 7\nd: !!map {}\n");
  REQUIRE(document.problems().empty());
  CHECK(document.root().at("a").text() == "hel");
  CHECK(document.root().at("b").text() == "12");
  CHECK(document.root().at("c").integer(0, 9, 0) == 7);
  CHECK(problems_of("a: !!binary '*'\n") == Texts{"f.yml:1: a: is not base64, which !!binary demands"});
  CHECK(problems_of("a: [!lamp x]\n") == Texts{"f.yml:1: a[0]: has the tag \"!lamp\", which is not known here"});
  CHECK(problems_of("a: !lamp {}\n") == Texts{"f.yml:1: a: has the tag \"!lamp\", which is not known here"});
}

TEST_CASE("a flood of problems ends in one that says so") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "a: 1\n";
  const Texts texts = problems_of(text);
  REQUIRE(texts.size() == 1001);
  CHECK(texts.back() == "f.yml:1002: there are more problems than the 1000 above");
}

}  // namespace
}  // namespace vedette
