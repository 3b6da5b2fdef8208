#include "alarm/expression.h"

#include <random>
#include <utility>
#include <vector>

#include "base/text.h"
#include "support/catch.h"

using namespace vedette;

namespace {

constexpr AlarmState kOk = AlarmState::ok, kAlarm = AlarmState::alarm, kUnknown = AlarmState::insufficient_data;
const AlarmStates kStates = {{"a", kAlarm}, {"b", kOk}, {"c", kUnknown}, {"d", kAlarm}, {"two words", kAlarm}};

bool holds(std::string_view text) {
  auto expression = Expression::parse(text);
  INFO(text << (expression ? "" : ": " + expression.error().message));
  REQUIRE(expression);
  return expression->holds(kStates);
}

// Rules, and whether they hold.
void check_rules(const std::vector<std::pair<const char*, bool>>& rules) {
  for (const auto& [rule, expected] : rules) {
    INFO(rule);
    CHECK(holds(rule) == expected);
  }
}

std::string error_of(std::string_view text) {
  auto expression = Expression::parse(text);
  INFO(text);
  REQUIRE_FALSE(expression);
  return expression.error().message;
}

std::vector<std::string> names_of(std::string_view text) {
  auto expression = Expression::parse(text);
  REQUIRE(expression);
  return expression->names();
}

}  // namespace

TEST_CASE("Each function says whether an alarm is in that state") {
  check_rules({
      {"ALARM(a)", true},
      {"ALARM(b)", false},
      {"OK(b)", true},
      {"OK(c)", false},
      {"INSUFFICIENT_DATA(c)", true},
      {"INSUFFICIENT_DATA(unheard-of)", true},
      {"OK(unheard-of)", false},
      {"TRUE", true},
      {"FALSE", false},
  });
}

TEST_CASE("NOT binds closer than AND, AND closer than OR, and brackets closest") {
  check_rules({
      {"ALARM(a) OR ALARM(b) AND FALSE", true},
      {"(ALARM(a) OR ALARM(b)) AND FALSE", false},
      {"NOT ALARM(b) AND ALARM(a)", true},
      {"NOT (ALARM(b) OR ALARM(a))", false},
      {"NOT NOT ALARM(a)", true},
      {"ALARM(a) AND NOT ALARM(b) AND ALARM(d)", true},
      {"((TRUE))", true},
  });
}

TEST_CASE("AT_LEAST counts alarms that are, or are not, in a state") {
  check_rules({
      {"AT_LEAST(2, ALARM, (a, b, d))", true},
      {"AT_LEAST(3, ALARM, (a, b, d))", false},
      {"AT_LEAST(1, NOT OK, (b, c))", true},
      {"AT_LEAST(2, NOT OK, (b, c))", false},
      {"AT_LEAST(50%, ALARM, (a, b, c, d))", true},
      {"AT_LEAST(51%, ALARM, (a, b, c, d))", false},
      {"AT_LEAST(33%, OK, (a, b, d))", true},
      {"AT_LEAST(34%, OK, (a, b, d))", false},
      {"AT_LEAST(100%, NOT INSUFFICIENT_DATA, (a, b))", true},
      {"AT_LEAST(2, ALARM, (a, b, d)) AND NOT ALARM(b)", true},
  });
}

TEST_CASE("Names may be bare or quoted, and anything may be in quotes") {
  CHECK(holds("ALARM(\"two words\")"));
  CHECK(holds("alarm ( a ) or\n\tfalse"));
  CHECK(names_of("ALARM(arn:aws:cloudwatch:eu-west-1:123:alarm:x/y)") ==
        std::vector<std::string>{"arn:aws:cloudwatch:eu-west-1:123:alarm:x/y"});
  CHECK(names_of(R"(OK("say \"hi\" \\ (now), c:\dir"))") == std::vector<std::string>{R"(say "hi" \ (now), c:\dir)"});
  CHECK(names_of("ALARM(TRUE) AND OK(not)") == std::vector<std::string>{"TRUE", "not"});
  CHECK(names_of("ALARM(\"caf\xc3\xa9\")") == std::vector<std::string>{"caf\xc3\xa9"});
}

TEST_CASE("The names come once each, in the order of the text") {
  CHECK(names_of("ALARM(b) AND (OK(a) OR NOT AT_LEAST(1, OK, (b, c, a, d)))") ==
        std::vector<std::string>{"b", "a", "c", "d"});
  CHECK(names_of("TRUE").empty());
}

TEST_CASE("An error names the place, what was expected and what was found") {
  const std::string one =
      "expected ALARM(name), OK(name), INSUFFICIENT_DATA(name), AT_LEAST(...), TRUE, FALSE, NOT or "
      "an opening bracket, ";
  const std::pair<std::string_view, std::string> cases[] = {
      {"", "rule, at 1: " + one + "but the rule ends"},
      {"  ", "rule, at 3: " + one + "but the rule ends"},
      {"a", "rule, at 1: " + one + "found \"a\""},
      {"ALARM(a) AND", "rule, at 13: " + one + "but the rule ends"},
      {"ALARM(a) AND OR OK(b)", "rule, at 14: " + one + "found \"OR\""},
      {"ALARM(a) ALARM(b)", "rule, at 10: expected AND, OR or the end, found \"ALARM\""},
      {"ALARM(a) XOR OK(b)", "rule, at 10: expected AND, OR or the end, found \"XOR\""},
      {"(ALARM(a)", "rule, at 10: expected AND, OR or a closing bracket, but the rule ends"},
      {"ALARM(a))", "rule, at 9: expected AND, OR or the end, found \")\""},
      {"ALARM a", "rule, at 7: expected an opening bracket, found \"a\""},
      {"ALARM()", "rule, at 7: expected the name of an alarm, found \")\""},
      {"ALARM(\"\")", "rule, at 9: expected the name of an alarm, found \")\""},
      {"ALARM(two words)",
       "rule, at 11: expected a closing bracket (a name with a space in it needs double quotes), found \"words\""},
      {"ALARM(\"a)", "rule, at 7: the quotes are never closed"},
      {"NOT", "rule, at 4: " + one + "but the rule ends"},
      {"AT_LEAST(0, ALARM, (a))",
       "rule, at 10: expected a whole number from 1 on, or a percentage from 1% to 100%, found \"0\""},
      {"AT_LEAST(101%, ALARM, (a))",
       "rule, at 10: expected a whole number from 1 on, or a percentage from 1% to 100%, found \"101%\""},
      {"AT_LEAST(3, ALARM, (a, b))", "rule, at 10: 3 of 2 alarms can never be"},
      {"AT_LEAST(2, BAD, (a, b))",
       "rule, at 13: expected ALARM, OK or INSUFFICIENT_DATA, or NOT and one of them, found \"BAD\""},
      {"AT_LEAST(2, ALARM, a, b)", "rule, at 20: expected an opening bracket and the names, found \"a\""},
      {"AT_LEAST(1, ALARM, (a b))", "rule, at 23: expected a comma or a closing bracket, found \"b\""},
      {"AT_LEAST(1, ALARM, (a,))", "rule, at 23: expected the name of an alarm, found \")\""},
      {"AT_LEAST(1 ALARM, (a))", "rule, at 12: expected a comma, found \"ALARM\""},
  };
  for (const auto& [text, error] : cases) CHECK(error_of(text) == error);
}

TEST_CASE("Depth and length have a limit") {
  auto nested = [](std::size_t depth) { return std::string(depth, '(') + "TRUE" + std::string(depth, ')'); };
  CHECK(holds(nested(63)));
  CHECK(error_of(nested(64)) == "rule, at 65: deeper than 64 levels");
  CHECK(error_of(nested(5000)) == "rule, at 65: deeper than 64 levels");
  std::string nots;
  for (int i = 0; i < 2000; ++i) nots += "NOT ";
  CHECK(error_of(nots + "TRUE") == "rule, at 257: deeper than 64 levels");
  std::string wide = "ALARM(b)";
  while (wide.size() + 12 < Expression::kMostLength) wide += " OR ALARM(b)";
  CHECK_FALSE(holds(wide));
  CHECK(error_of(wide + " OR ALARM(b)").find("more than the 10240") != std::string::npos);
}

namespace {

// Writes random rules as people would, with no more brackets than it likes.
struct Writer {
  std::mt19937 random{42};
  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  std::string name() { return std::string(1, static_cast<char>('a' + below(6))); }
  std::string space() { return std::string(static_cast<std::size_t>(below(3)), ' '); }
  std::string state() {
    const char* states[] = {"ALARM", "OK", "INSUFFICIENT_DATA"};
    return states[below(3)];
  }
  std::string rule(int depth) {
    switch (depth == 0 ? below(3) : below(8)) {
      case 0: return below(2) == 0 ? "TRUE" : "FALSE";
      case 1: return state() + space() + "(" + space() + (below(2) == 0 ? name() : '"' + name() + '"') + ")";
      case 2: {
        std::string list = name();
        int more = below(4);
        for (int i = 0; i < more; ++i) list += "," + space() + name();
        std::string count = below(2) == 0 ? std::to_string(1 + below(more + 1)) : std::to_string(1 + below(100)) + "%";
        return "AT_LEAST(" + count + ", " + (below(2) == 0 ? "NOT " : "") + state() + ", (" + list + "))";
      }
      case 3: return "NOT " + rule(depth - 1);
      case 4: return "(" + space() + rule(depth - 1) + space() + ")";
      case 5:
      case 6: return rule(depth - 1) + " AND " + rule(depth - 1);
      default: return rule(depth - 1) + " OR " + rule(depth - 1);
    }
  }
};

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at; (at = text.find(what)) != std::string::npos;) text.replace(at, what.size(), by);
}

// What stands between the opening bracket at `open` and its own closing one.
std::size_t closing(const std::string& text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0) return i;
  }
  return std::string::npos;
}

bool is_in(const AlarmStates& states, std::string_view name, std::string state) {
  return to_lower(state) == state_name(states.at(std::string(name)));
}

// Every function becomes 1 or 0 by itself, wherever it stands; blanks and quotes are gone by then.
void reduce_functions(std::string& text, const AlarmStates& states) {
  for (std::size_t at; (at = text.find("AT_LEAST(")) != std::string::npos;) {
    std::size_t end = closing(text, at + 8);
    auto parts = split(std::string_view(text).substr(at + 9, end - at - 9), ',');
    std::string count(parts[0]), state(parts[1]);
    bool negated = state.starts_with("NOT");
    if (negated) state = state.substr(3);
    int hits = 0, all = static_cast<int>(parts.size()) - 2;
    for (std::size_t i = 2; i < parts.size(); ++i) {
      std::string name(1, parts[i][parts[i].front() == '(' ? 1 : 0]);
      hits += is_in(states, name, state) != negated;
    }
    bool enough = count.ends_with('%') ? hits * 100 >= std::stoi(count) * all : hits >= std::stoi(count);
    text.replace(at, end - at + 1, enough ? "1" : "0");
  }
  for (std::string state : {"INSUFFICIENT_DATA", "ALARM", "OK"}) {
    for (std::size_t at; (at = text.find(state + "(")) != std::string::npos;) {
      std::string name = text.substr(at + state.size() + 1, 1);
      text.replace(at, state.size() + 3, is_in(states, name, state) ? "1" : "0");
    }
  }
}

// By rewriting the text until nothing is left: all NOTs first, then all ANDs, then ORs, brackets as they become empty.
bool naive(std::string text, const AlarmStates& states) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '"'; });
  reduce_functions(text, states);
  replace_all(text, "TRUE", "1");
  replace_all(text, "FALSE", "0");
  replace_all(text, "NOT", "!");
  replace_all(text, "AND", "&");
  replace_all(text, "OR", "|");
  while (text.size() > 1) {
    std::string before = text;
    for (std::string bit : {"0", "1"}) {
      replace_all(text, "(" + bit + ")", bit);
      replace_all(text, "!" + bit, bit == "0" ? "1" : "0");
    }
    if (text != before) continue;
    replace_all(text, "1&1", "1");
    for (std::string pair : {"0&0", "0&1", "1&0"}) replace_all(text, pair, "0");
    if (text != before) continue;
    // An OR may be done when nothing beside it binds closer.
    for (std::size_t i = 1; i + 1 < text.size() && text == before; ++i) {
      bool bits =
          text[i] == '|' && (text[i - 1] == '0' || text[i - 1] == '1') && (text[i + 1] == '0' || text[i + 1] == '1');
      if (!bits || (i >= 2 && text[i - 2] == '&') || (i + 2 < text.size() && text[i + 2] == '&')) continue;
      text.replace(i - 1, 3, text[i - 1] == '1' || text[i + 1] == '1' ? "1" : "0");
    }
    if (text == before) FAIL("the naive evaluator is stuck at " << text);
  }
  return text == "1";
}

}  // namespace

TEST_CASE("5,000 random rules hold exactly when a naive evaluator says so") {
  Writer writer;
  int held = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = writer.rule(1 + writer.below(5));
    AlarmStates states;
    for (char name = 'a'; name <= 'f'; ++name) {
      states[std::string(1, name)] = static_cast<AlarmState>(writer.below(3));
    }
    auto expression = Expression::parse(text);
    if (!expression) FAIL(text << ": " << expression.error().message);
    bool ours = expression->holds(states);
    if (ours != naive(text, states)) FAIL(text << " holds: " << ours);
    held += ours;
  }
  CHECK(held > 1000);
  CHECK(held < 4000);
}

TEST_CASE("No cut or changed rule breaks the parser") {
  Writer writer;
  int errors = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = writer.rule(3);
    auto at = static_cast<std::size_t>(writer.below(static_cast<int>(text.size())));
    if (writer.below(2) == 0) {
      text.resize(at);
    } else {
      text[at] = "()\",%\\ x\0\xff"[writer.below(10)];
    }
    auto expression = Expression::parse(text);
    if (expression) continue;
    ++errors;
    if (!expression.error().message.starts_with("rule, at ")) FAIL(expression.error().message);
  }
  CHECK(errors > 1000);
}
