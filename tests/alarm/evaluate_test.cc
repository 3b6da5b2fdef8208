#include "alarm/evaluate.h"

#include <cmath>

#include "support/catch.h"

using namespace vedette;

namespace {

constexpr WallTime kStart = WallTime(seconds(1700000040));

// `0` does not breach "above 1", `X` does, `-` is missing; newest last.
std::vector<Datapoint> window_of(std::string_view pattern) {
  std::vector<Datapoint> window;
  for (char c : pattern) {
    std::optional<double> value;
    if (c != '-') value = c == 'X' ? 2 : 0.5;
    window.push_back({kStart + window.size() * seconds(60), value});
  }
  return window;
}

Condition condition_of(int m, int n, MissingData missing) {
  return {Comparison::above, 1, {m, n}, missing, evaluation_range(n)};
}

AlarmState state_of(std::string_view pattern, int m, int n, MissingData missing, AlarmState before = AlarmState::ok) {
  return evaluate(condition_of(m, n, missing), window_of(pattern), before).state;
}

std::string sentence(std::string_view pattern, int m, int n, MissingData missing) {
  Condition condition = condition_of(m, n, missing);
  auto window = window_of(pattern);
  return explain(condition, window, evaluate(condition, window, AlarmState::ok));
}

constexpr AlarmState kOk = AlarmState::ok, kAlarm = AlarmState::alarm, kUnknown = AlarmState::insufficient_data;

}  // namespace

TEST_CASE("All 40 cells of CloudWatch's two truth tables hold") {
  struct Row {
    std::string_view pattern;
    int m;
    std::string_view missing, ignore, breaching, not_breaching;
  };
  // N is 3 and five datapoints are looked at; "keep" is the state that was.
  const Row rows[] = {
      {"0-X-X", 3, "ok", "ok", "ok", "ok"},
      {"0----", 3, "ok", "ok", "ok", "ok"},
      {"-----", 3, "insufficient_data", "keep", "alarm", "ok"},
      {"0XX-X", 3, "alarm", "alarm", "alarm", "alarm"},
      {"--X--", 3, "alarm", "keep", "alarm", "ok"},
      {"0-X-X", 2, "alarm", "alarm", "alarm", "alarm"},
      {"00X0X", 2, "alarm", "alarm", "alarm", "alarm"},
      {"0-X--", 2, "ok", "ok", "alarm", "ok"},
      {"----0", 2, "ok", "ok", "alarm", "ok"},
      {"---X-", 2, "alarm", "keep", "alarm", "ok"},
  };
  int cells = 0;
  for (const Row& row : rows) {
    const std::pair<MissingData, std::string_view> columns[] = {{MissingData::missing, row.missing},
                                                                {MissingData::ignore, row.ignore},
                                                                {MissingData::breaching, row.breaching},
                                                                {MissingData::not_breaching, row.not_breaching}};
    for (const auto& [missing, expected] : columns) {
      ++cells;
      for (AlarmState before : {kOk, kAlarm, kUnknown}) {
        INFO(row.pattern << ", " << row.m << " of 3, " << missing_data_name(missing) << ", was " << state_name(before));
        CHECK(state_name(state_of(row.pattern, row.m, 3, missing, before)) ==
              (expected == "keep" ? state_name(before) : expected));
      }
    }
  }
  CHECK(cells == 40);
}

TEST_CASE("The examples of premature alarms in CloudWatch's text hold") {
  CHECK(state_of("----X", 3, 3, MissingData::missing) == kUnknown);
  CHECK(state_of("---X-", 3, 3, MissingData::missing) == kUnknown);
  CHECK(state_of("---X0", 3, 3, MissingData::missing) == kOk);
  CHECK(state_of("--X-0", 3, 3, MissingData::missing) == kOk);
  CHECK(state_of("--X--", 3, 3, MissingData::missing) == kAlarm);
  CHECK(state_of("--XX-", 3, 3, MissingData::missing) == kAlarm);
  CHECK(state_of("----X", 2, 3, MissingData::missing) == kUnknown);
}

TEST_CASE("M of N counts the last N real datapoints, wherever in the range they are") {
  for (MissingData missing :
       {MissingData::missing, MissingData::ignore, MissingData::breaching, MissingData::not_breaching}) {
    CHECK(state_of("XXXXX00000", 3, 5, missing) == kOk);
    CHECK(state_of("00000X0X0X", 3, 5, missing) == kAlarm);
    CHECK(state_of("00000X0X00", 3, 5, missing) == kOk);
    CHECK(state_of("XX000X", 2, 3, missing) == kOk);     // the old ones are beyond N
    CHECK(state_of("XX-00-", 2, 3, missing) == kOk);     // the X four periods back counts as the third
    CHECK(state_of("0X-X0-", 2, 3, missing) == kAlarm);  // likewise
    CHECK(state_of("X", 1, 1, missing) == kAlarm);
    CHECK(state_of("X0", 1, 1, missing) == kOk);
    CHECK(state_of("X--", 1, 1, missing) == kAlarm);  // still the newest real one
  }
  CHECK(state_of("X---", 1, 1, MissingData::missing) == kUnknown);  // out of the range of 3
  CHECK(state_of("X---", 1, 1, MissingData::ignore, kAlarm) == kAlarm);
  CHECK(state_of("X---", 1, 1, MissingData::breaching) == kAlarm);
  CHECK(state_of("X---", 1, 1, MissingData::not_breaching) == kOk);
}

TEST_CASE("An alarm that has just begun knows nothing, and less than N datapoints are enough when they agree") {
  for (AlarmState before : {kUnknown, kOk}) {
    CHECK(state_of("", 2, 3, MissingData::missing, before) == kUnknown);
    CHECK(state_of("", 2, 3, MissingData::ignore, before) == before);
    CHECK(state_of("0", 2, 3, MissingData::missing, before) == kOk);
    CHECK(state_of("X", 2, 3, MissingData::missing, before) == kUnknown);
    CHECK(state_of("X", 2, 3, MissingData::ignore, before) == before);
    CHECK(state_of("XX", 2, 3, MissingData::missing, before) == kAlarm);
    CHECK(state_of("XX", 2, 3, MissingData::ignore, before) == kAlarm);
  }
}

TEST_CASE("What is not a number is missing") {
  auto window = window_of("XXX");
  window[2].value = std::nan("");
  Condition condition = condition_of(1, 1, MissingData::missing);
  CHECK(evaluate(condition, window, kOk).state == kAlarm);
  CHECK(deciding(condition, window) == std::vector<Datapoint>{window[1]});
}

TEST_CASE("Each comparison says which side breaches and whether the threshold itself does") {
  struct Case {
    std::string_view text, name;
    bool less, equal, more;
  };
  const Case cases[] = {
      {"GreaterThanThreshold", "above", false, false, true},
      {">", "above", false, false, true},
      {"above", "above", false, false, true},
      {">=", "at_least", false, true, true},
      {"GreaterThanOrEqualToThreshold", "at_least", false, true, true},
      {"at_least", "at_least", false, true, true},
      {"LessThanThreshold", "below", true, false, false},
      {"<", "below", true, false, false},
      {"below", "below", true, false, false},
      {"<=", "at_most", true, true, false},
      {"LessThanOrEqualToThreshold", "at_most", true, true, false},
      {"at_most", "at_most", true, true, false},
  };
  for (const Case& each : cases) {
    auto comparison = parse_comparison(each.text);
    INFO(each.text);
    REQUIRE(comparison);
    CHECK(comparison_name(*comparison) == each.name);
    Condition condition{*comparison, 0.28, {1, 1}, MissingData::missing, 3};
    CHECK(breaches(condition, 0.27) == each.less);
    CHECK(breaches(condition, 0.28) == each.equal);
    CHECK(breaches(condition, 0.29) == each.more);
  }
  CHECK_FALSE(parse_comparison("over"));
  CHECK(parse_comparison("=").error().message.find("allowed are above, at_least, below, at_most") != std::string::npos);
}

TEST_CASE("The words for missing data and for M of N are read") {
  CHECK(*parse_missing_data("notBreaching") == MissingData::not_breaching);
  CHECK(*parse_missing_data("not_breaching") == MissingData::not_breaching);
  CHECK(*parse_missing_data("breaching") == MissingData::breaching);
  CHECK(*parse_missing_data("ignore") == MissingData::ignore);
  CHECK(*parse_missing_data("missing") == MissingData::missing);
  CHECK_FALSE(parse_missing_data("drop"));
  CHECK(*parse_m_of_n("2 of 3") == MOfN{2, 3});
  CHECK(*parse_m_of_n(" 2  of  3 ") == MOfN{2, 3});
  CHECK(*parse_m_of_n("3") == MOfN{3, 3});
  for (std::string_view wrong :
       {"", "of", "2 of", "of 3", "0 of 3", "4 of 3", "2/3", "2 from 3", "a of b", "-1", "2of3"}) {
    INFO(wrong);
    CHECK_FALSE(parse_m_of_n(wrong));
  }
}

TEST_CASE("A condition that makes no sense is refused") {
  CHECK(check_condition(condition_of(2, 3, MissingData::missing)));
  CHECK_FALSE(check_condition(condition_of(0, 3, MissingData::missing)));
  CHECK_FALSE(check_condition(condition_of(4, 3, MissingData::missing)));
  Condition condition = condition_of(2, 3, MissingData::missing);
  condition.range = 2;
  CHECK_FALSE(check_condition(condition));
  condition = condition_of(2, 3, MissingData::missing);
  condition.threshold = std::nan("");
  CHECK_FALSE(check_condition(condition));
}

TEST_CASE("Seconds are told as durations") {
  auto told = [](double threshold, double value) {
    Condition condition{Comparison::above, threshold, {1, 1}, MissingData::missing, 3};
    const std::vector<Datapoint> window{{kStart, value}};
    return explain(condition, window, evaluate(condition, window, AlarmState::ok), Shown::as_duration);
  };
  CHECK(told(0.28, 0.405555861) == "1 of 1 datapoints above 280ms (405.6ms), 1 needed");
  CHECK(told(2592000, 863998.4347138405) == "0 of 1 datapoints above 30d (10d), 1 needed");
  CHECK(told(1, 12.3456789) == "1 of 1 datapoints above 1s (12.346s), 1 needed");
  CHECK(told(0, -90061) == "0 of 1 datapoints above 0s (-25h), 1 needed");
  CHECK(told(0.001, 0.0012345678) == "1 of 1 datapoints above 1ms (1.235ms), 1 needed");
  CHECK(told(60, 1e12) == "1 of 1 datapoints above 1m (1000000000000s), 1 needed");
}

TEST_CASE("A verdict names the datapoints that decided and says why in one sentence") {
  auto window = window_of("00X-X");
  Condition condition = condition_of(2, 3, MissingData::missing);
  Verdict verdict = evaluate(condition, window, kOk);
  CHECK(deciding(condition, window) == std::vector<Datapoint>{window[1], window[2], window[4]});
  CHECK(verdict.real == 3);
  CHECK(verdict.breaching == 2);
  CHECK(verdict.filled == 0);
  CHECK(verdict.because == Because::real);
  CHECK(sentence("00X-X", 2, 3, MissingData::missing) == "2 of 3 datapoints above 1 (0.5, 2, 2), 2 needed");
  CHECK(sentence("----0", 2, 3, MissingData::breaching) ==
        "0 of 1 datapoints above 1 (0.5), 2 missing count as breaching, 2 needed");
  CHECK(sentence("-----", 2, 3, MissingData::not_breaching) ==
        "no datapoint in the last 5 periods, 3 missing count as not breaching, 2 needed");
  CHECK(sentence("--X--", 3, 3, MissingData::missing) ==
        "1 of 1 datapoints above 1 (2), the oldest at least 3 periods ago and none better since");
  CHECK(sentence("----X", 3, 3, MissingData::missing) == "1 of 1 datapoints above 1 (2), 3 needed");
  CHECK(sentence("--X--", 3, 3, MissingData::ignore) ==
        "1 of 1 datapoints above 1 (2), too few to tell and missing data is ignored: the state stays");
  CHECK(sentence("-----", 3, 3, MissingData::missing) == "no datapoint in the last 5 periods");
  CHECK(sentence("00000000", 6, 8, MissingData::missing) ==
        "0 of 8 datapoints above 1 (..., 0.5, 0.5, 0.5, 0.5, 0.5), 6 needed");
}
