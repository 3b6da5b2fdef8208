// The evaluator against a slow model of it, which is written from the words of CloudWatch's user guide and works on
// text: `X` breaches, `0` does not, `-` is missing.

#include <algorithm>
#include <random>
#include <string>

#include "alarm/evaluate.h"
#include "support/catch.h"

using namespace vedette;

namespace {

using std::string;

// Some data points may be missing, but enough exist: the most recent existing ones decide.
string existing(const string& range) {
  string points;
  for (char c : range) {
    if (c != '-') points += c;
  }
  return points;
}

bool is_breaching_often(const string& points, std::size_t m) {
  return static_cast<std::size_t>(std::count(points.begin(), points.end(), 'X')) >= m;
}

// The oldest breaching point is as old as M, and all that is more recent breaches or is missing. The text alone would
// let older points that do not breach stand; row 3 of the second table (`0-X--` is ok) does not.
bool is_premature_alarm(const string& range, std::size_t m) {
  std::size_t oldest = range.find('X');
  if (oldest == string::npos || range.find('0') != string::npos) return false;
  return range.size() - oldest >= m;
}

AlarmState model(const string& history, std::size_t m, std::size_t n, MissingData missing, AlarmState previous) {
  std::size_t wide = n + 2;
  string range = history.size() > wide ? history.substr(history.size() - wide) : history;
  string points = existing(range);
  if (points.size() >= n) {
    return is_breaching_often(points.substr(points.size() - n), m) ? AlarmState::alarm : AlarmState::ok;
  }
  if (missing == MissingData::breaching || missing == MissingData::not_breaching) {
    while (points.size() < n) points += missing == MissingData::breaching ? 'X' : '0';
    return is_breaching_often(points, m) ? AlarmState::alarm : AlarmState::ok;
  }
  if (is_breaching_often(points, m)) return AlarmState::alarm;
  if (points.find('0') != string::npos) return AlarmState::ok;
  if (missing == MissingData::ignore) return previous;
  if (is_premature_alarm(range, m)) return AlarmState::alarm;
  return AlarmState::insufficient_data;
}

struct Draw {
  std::mt19937 random{20261120};
  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
};

// A value on the side of 0.28 that the letter wants, now and then the threshold itself.
std::optional<double> value_for(char letter, Comparison comparison, Draw& draw) {
  if (letter == '-') return std::nullopt;
  bool more_breaches = comparison == Comparison::above || comparison == Comparison::at_least;
  bool equal_breaches = comparison == Comparison::at_least || comparison == Comparison::at_most;
  if ((letter == 'X') == equal_breaches && draw.below(3) == 0) return 0.28;
  double distance = 0.001 * (1 + draw.below(100));
  return (letter == 'X') == more_breaches ? 0.28 + distance : 0.28 - distance;
}

}  // namespace

TEST_CASE("The evaluator agrees with a slow model on 10,000 random histories") {
  Draw draw;
  int wrong = 0, seen[3] = {};
  for (int round = 0; round < 10000; ++round) {
    int n = 1 + draw.below(8), m = 1 + draw.below(n), gaps = draw.below(90), bad = 10 + draw.below(80);
    auto missing = static_cast<MissingData>(draw.below(4));
    auto comparison = static_cast<Comparison>(draw.below(4));
    Condition condition{comparison, 0.28, {m, n}, missing, evaluation_range(n)};
    string history;
    std::vector<Datapoint> window;
    AlarmState ours = AlarmState::insufficient_data, theirs = ours;
    for (int step = 0; step < 40; ++step) {
      char letter = draw.below(100) < gaps ? '-' : draw.below(100) < bad ? 'X' : '0';
      history += letter;
      window.push_back({WallTime(step * seconds(60)), value_for(letter, comparison, draw)});
      ours = evaluate(condition, window, ours).state;
      theirs = model(history, static_cast<std::size_t>(m), static_cast<std::size_t>(n), missing, theirs);
      ++seen[static_cast<int>(ours)];
      if (ours == theirs) continue;
      UNSCOPED_INFO(m << " of " << n << ", " << missing_data_name(missing) << ", " << history << ": "
                      << state_name(ours) << ", the model says " << state_name(theirs));
      if (++wrong > 5) FAIL("the evaluator and the model differ");
      break;
    }
  }
  CHECK(wrong == 0);
  for (int count : seen) CHECK(count > 1000);  // the histories are worth something
}
