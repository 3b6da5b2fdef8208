// What readers ask of a Node, and what it says of values that are not as asked.

#include "config/node.h"

#include <cstdlib>
#include <limits>

#include "support/catch.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Texts texts_of(const Document& document) {
  Texts texts;
  for (const Problem& problem : document.problems()) texts.push_back(problem.text());
  return texts;
}

/// Reads `v: <yaml>` with the given question and returns the one rule that was broken, or "".
template <class Ask>
std::string rule_of(const std::string& yaml, Ask ask) {
  const Document document = Document::read("f.yml", "v: " + yaml + "\n");
  ask(document.root().at("v"));
  if (document.problems().empty()) return "";
  CHECK(document.problems().size() == 1);
  return document.problems().front().rule;
}

template <class Value, class Ask>
Value value_of(const std::string& yaml, Ask ask) {
  const Document document = Document::read("f.yml", "v: " + yaml + "\n");
  const Value value = ask(document.root().at("v"));
  INFO(yaml);
  CHECK(texts_of(document) == Texts{});
  return value;
}

struct Environment {
  const char* name;
  Environment(const char* variable, const char* value) : name(variable) { ::setenv(name, value, 1); }
  ~Environment() { ::unsetenv(name); }
};

const auto kAsText = [](const Node& n) { return n.text("fallback"); };
const auto kAsFlag = [](const Node& n) { return n.flag(false); };
const auto kAsCode = [](const Node& n) { return n.integer(100, 599, 200); };
const auto kAsInteger = [](const Node& n) {
  return n.integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), 0);
};
const auto kAsNumber = [](const Node& n) { return n.number(-100, 100, 1); };
const auto kAsDuration = [](const Node& n) { return n.duration(7s); };
const auto kAsSize = [](const Node& n) { return n.size(0); };
const auto kAsItems = [](const Node& n) { return n.items().size(); };

TEST_CASE("text is any scalar; nothing gives the fallback") {
  CHECK(value_of<std::string>("word", kAsText) == "word");
  CHECK(value_of<std::string>("200", kAsText) == "200");
  CHECK(value_of<std::string>("true", kAsText) == "true");
  CHECK(value_of<std::string>("\"\"", kAsText) == "");
  CHECK(value_of<std::string>("", kAsText) == "fallback");
  CHECK(value_of<std::string>("null", kAsText) == "fallback");
  CHECK(rule_of("[a]", kAsText) == "must be text, found a list");
  CHECK(rule_of("{a: b}", kAsText) == "must be text, found a map");
}

TEST_CASE("flags are the words that Go's YAML takes for a bool") {
  for (const char* word : {"true", "True", "TRUE", "yes", "on", "y", "\"yes\"", "'on'"})
    CHECK(value_of<bool>(word, kAsFlag));
  for (const char* word : {"false", "False", "no", "off", "n", "\"off\"", ""})
    CHECK_FALSE(value_of<bool>(word, kAsFlag));
  CHECK(rule_of("perhaps", kAsFlag) == "must be true or false, found \"perhaps\"");
  CHECK(rule_of("1", kAsFlag) == "must be true or false, found \"1\"");
  CHECK(rule_of("\"true\"", kAsFlag) == "must be true or false, found the text \"true\" (remove the quotes)");
}

TEST_CASE("whole numbers have the forms that Go's YAML takes") {
  const std::vector<std::pair<std::string, std::int64_t>> rows{
      {"200", 200}, {"0x1F", 31}, {"0o17", 15},  {"0b101", 5}, {"1_000", 1000},
      {"-7", -7},   {"+7", 7},    {"1e3", 1000}, {"2.0", 2},   {"0", 0}};
  for (const auto& [text, number] : rows) CHECK(value_of<std::int64_t>(text, kAsInteger) == number);
  for (const char* text : {"found", "1.5", "010", "0x", "1e30", "99999999999999999999", "--1", ".inf", ".nan"}) {
    INFO(text);
    CHECK(rule_of(text, kAsInteger) == "must be a whole number, found \"" + std::string(text) + "\"");
  }
  CHECK(rule_of("\"200\"", kAsCode) == "must be a whole number, found the text \"200\" (remove the quotes)");
  CHECK(rule_of("99", kAsCode) == "must be between 100 and 599");
  CHECK(rule_of("[200]", kAsCode) == "must be a whole number, found a list");
}

TEST_CASE("numbers are finite and within their bounds") {
  CHECK(value_of<double>("2.5", kAsNumber) == 2.5);
  CHECK(value_of<double>(".5", kAsNumber) == 0.5);
  CHECK(value_of<double>("-1e1", kAsNumber) == -10);
  CHECK(value_of<double>("0x10", kAsNumber) == 16);
  CHECK(rule_of(".inf", kAsNumber) == "must be a number, found \".inf\"");
  CHECK(rule_of("101", kAsNumber) == "must be between -100 and 100");
}

TEST_CASE("durations need a unit and no sign") {
  CHECK(value_of<Duration>("1m30s", kAsDuration) == 90s);
  CHECK(value_of<Duration>("\"500ms\"", kAsDuration) == 500ms);
  CHECK(value_of<Duration>("0", kAsDuration) == 0s);
  CHECK(value_of<Duration>("", kAsDuration) == 7s);
  CHECK(rule_of("5", kAsDuration) == "\"5\" is not a duration: its unit is missing (ms, s, m, h, d or w)");
  CHECK(rule_of("-5s", kAsDuration) == "cannot be negative");
  CHECK(rule_of("[5s]", kAsDuration) == "must be a duration like 30s, found a list");
}

TEST_CASE("sizes count in 1024s either way") {
  CHECK(value_of<std::uint64_t>("10MB", kAsSize) == 10u << 20);
  CHECK(value_of<std::uint64_t>("128B", kAsSize) == 128);
  CHECK(value_of<std::uint64_t>("1.5GiB", kAsSize) == 3u << 29);
  CHECK(value_of<std::uint64_t>("1MB512KB", kAsSize) == (1u << 20) + (512u << 10));
  CHECK(value_of<std::uint64_t>("0", kAsSize) == 0);
  CHECK(value_of<std::uint64_t>("-1B", kAsSize) ==
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  CHECK(value_of<std::uint64_t>("99999EB", kAsSize) ==
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  for (const char* text : {"10 lamps", "10", "MB", "1..5MB", "10mb", "-B"}) {
    INFO(text);
    CHECK(rule_of(text, kAsSize) ==
          "must be a size with its unit, like 10MB or 512B, found \"" + std::string(text) + "\"");
  }
}

TEST_CASE("lists are lists and maps are maps") {
  CHECK(value_of<std::size_t>("[a, b]", kAsItems) == 2);
  CHECK(value_of<std::size_t>("", kAsItems) == 0);
  CHECK(rule_of("{a: 1}", kAsItems) == "must be a list, found a map");
  CHECK(rule_of("word", kAsItems) == "must be a list, found a single value");
  CHECK(rule_of("word", [](const Node& n) { n.at("x").text(); }) == "must be a map, found a single value");
  CHECK(rule_of("[a]", [](const Node& n) { n.members(); }) == "must be a map, found a list");
  CHECK(value_of<Texts>("[a, 1, ~]", [](const Node& n) { return n.texts(); }) == Texts{"a", "1", ""});
}

TEST_CASE("variables are replaced, with a default if they have one") {
  const Environment set("VEDETTE_T", "lamp"), empty("VEDETTE_E", "");
  ::unsetenv("VEDETTE_U");
  CHECK(value_of<std::string>("${VEDETTE_T}-${VEDETTE_T}", kAsText) == "lamp-lamp");
  CHECK(value_of<std::string>("${VEDETTE_U:-dark}", kAsText) == "dark");
  CHECK(value_of<std::string>("x${VEDETTE_U:-}x", kAsText) == "xx");
  CHECK(value_of<std::string>("${VEDETTE_E:-dark}", kAsText) == "dark");
  CHECK(value_of<std::string>("\"${VEDETTE_E}\"", kAsText) == "");
  CHECK(rule_of("a${VEDETTE_U}", kAsText) == "the environment variable VEDETTE_U is not set");
}

TEST_CASE("every other dollar stays, so that regular expressions keep their meaning") {
  CHECK(value_of<std::string>("^a$", kAsText) == "^a$");
  CHECK(value_of<std::string>("${1} $1 $name ${-} ${", kAsText) == "${1} $1 $name ${-} ${");
  CHECK(value_of<std::string>("a$$b $${X}", kAsText) == "a$b ${X}");
}

TEST_CASE("a variable may be a number in quotes, and is never repeated in a message") {
  const Environment code("VEDETTE_T", "404"), word("VEDETTE_W", "hunter2");
  CHECK(value_of<std::int64_t>("\"${VEDETTE_T}\"", kAsCode) == 404);
  const std::string rule = rule_of("${VEDETTE_W}", kAsCode);
  CHECK(rule == "must be a whole number, found \"${VEDETTE_W}\", whose variables make it something else");
  CHECK(rule_of("${VEDETTE_W}", kAsDuration).find("hunter2") == std::string::npos);
}

TEST_CASE("a variable that is not UTF-8 is refused") {
  const Environment broken("VEDETTE_T", "\xff");
  CHECK(rule_of("${VEDETTE_T}", kAsText) == "the environment variable VEDETTE_T is not UTF-8");
}

TEST_CASE("keys that nobody asked for are unknown, with a guess at what was meant") {
  const Document document = Document::read("f.yml", "timeout: 1s\nTime-Out: 2s\nmethdo: x\nzzz: 1\nok: 1\n");
  const Node root = document.root();
  root.at("timeout");
  root.at("time_out");
  root.at("method");
  root.at("ok");
  root.finish();
  CHECK(texts_of(document) ==
        Texts{"f.yml:2: Time-Out: unknown key: field Time-Out not found (did you mean \"time_out\"?)",
              "f.yml:3: methdo: unknown key: field methdo not found (did you mean \"method\"?)",
              "f.yml:4: zzz: unknown key: field zzz not found"});
}

TEST_CASE("copies of a Node share what was asked, and members know every key") {
  const Document document = Document::read("f.yml", "a: 1\nb: {x: 1, y: 2}\n");
  const Node root = document.root();
  const Node copy = root;
  copy.at("a");
  CHECK(copy.at("b").members().size() == 2);
  root.finish();
  const Node b = root.at("b");
  b.members();
  b.finish();
  CHECK(texts_of(document) == Texts{});
}

TEST_CASE("problems come in the order of the lines, each once, and of a scalar only the first") {
  const Document document = Document::read("f.yml", "a: x\nb: y\nc:\n");
  const Node root = document.root();
  root.at("b").reject("second");
  root.at("a").reject("first");
  root.at("a").reject("what follows from the first");
  root.at("c").reject("third");
  root.at("c").reject("third");
  root.at("c").reject("another");
  root.at("d").reject("is missing");
  CHECK(texts_of(document) == Texts{"f.yml:1: a: first", "f.yml:1: d: is missing", "f.yml:2: b: second",
                                    "f.yml:3: c: third", "f.yml:3: c: another"});
}

TEST_CASE("a node of no document takes every question") {
  const Node node;
  CHECK(node.at("x").at("y").text("z") == "z");
  CHECK(node.items().empty());
  CHECK(node.members().empty());
  CHECK(node.secret().empty());
  CHECK(node.url() == "");
  CHECK(node.path() == "");
  node.reject("nobody hears this");
  node.finish();
}

TEST_CASE("a node keeps its document alive") {
  const Node node = Document::read("f.yml", "a: {b: word}\n").root().at("a");
  CHECK(node.at("b").text() == "word");
}

}  // namespace
}  // namespace vedette
