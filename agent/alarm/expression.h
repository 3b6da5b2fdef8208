#pragma once
// Composite alarms: a rule over the states of other alarms, in CloudWatch's AlarmRule grammar. Pure; whether the names
// exist, and whether rules lead in a circle, is for those to say who know all alarms: names() is for them.
//
//   rule  = both { OR both }           both = one { AND one }
//   one   = NOT one | ( rule ) | TRUE | FALSE | STATE ( name ) | AT_LEAST ( count , [NOT] STATE , ( name { , name } ) )
//   STATE = ALARM | OK | INSUFFICIENT_DATA                      count = 2 | 50%
//
// A name stands bare when it has no white space, round brackets, commas or quotes in it; else in double quotes, with \"
// for a quote and \\ for a backslash. Words count in any case. NOT binds closer than AND, and AND closer than OR.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alarm/evaluate.h"
#include "base/result.h"

namespace vedette {

using AlarmStates = std::map<std::string, AlarmState, std::less<>>;

class Expression {
 public:
  /// How deep brackets and NOTs may lie in each other, and how long a rule may be (CloudWatch's limit).
  static constexpr int kMostDepth = 64;
  static constexpr std::size_t kMostLength = 10240;

  /// The error names the byte, counted from 1, and what was expected there.
  static Result<Expression> parse(std::string_view text);

  /// Whether the composite alarm is in alarm. Of an alarm that is not in the map nothing is known: insufficient data.
  bool holds(const AlarmStates& states) const;

  /// The alarms it speaks of, each once, in the order of the text.
  std::vector<std::string> names() const;

  struct Node {
    enum class Kind { always, state, at_least, invert, both, either };
    Kind kind = Kind::always;
    bool positive = true;               // always: TRUE; at_least: without NOT
    AlarmState state = AlarmState::ok;  // state, at_least
    std::vector<std::string> names;     // state: one; at_least: all
    double needed = 1;                  // at_least
    bool percent = false;               // at_least
    std::vector<Node> parts;            // invert: one; both, either: two or more
  };

 private:
  explicit Expression(Node root) : root_(std::move(root)) {}
  Node root_;
};

}  // namespace vedette
