// A store that does what its standard input says, for store_test.py: one line of answer to each line.
//
//   record N     hands over row N                                 handed N
//   flush MS     waits for all to be written                      flushed | late
//   saved        the number of the newest row that was saved      saved N | saved none | error …
//   metric NAME  the first point of one of the store's metrics    metric N

#include <algorithm>
#include <iostream>
#include <sstream>
#include <vector>

#include "store/store.h"

namespace vedette {
namespace {

constexpr std::int64_t kBegin = 1'780'000'000;

/// Names whose order differs between languages, and five rows for each second.
Transition numbered(std::int64_t number) {
  const std::vector<std::string> targets{"shop",
                                         "Shop",
                                         "\xc3\xa9"
                                         "cho",
                                         "zeta",
                                         "_under",
                                         "blog 1",
                                         "\xe6\x97\xa5'\"\\"};
  Transition one;
  one.target = targets[static_cast<std::size_t>(number) % targets.size()];
  one.alarm = number % 2 == 0 ? "down" : "slow";
  one.labels = {{"severity", number % 3 == 0 ? "critical" : "warning"}, {"number", std::to_string(number)}};
  one.at = WallTime(seconds(kBegin + number / 5) + Duration(number));
  one.before = number % 4 < 2 ? AlarmState::ok : AlarmState::insufficient_data;
  one.after = number % 4 < 2 ? AlarmState::alarm : AlarmState::ok;
  if (number % 5 != 0) one.value = 0.1 * static_cast<double>(number);
  if (number % 7 != 0) one.threshold = 1.0 / 3;
  one.reason = "row " + std::to_string(number) + ": '; DROP TABLE transitions; -- \xf0\x9f\x92\xa5\n$1";
  return one;
}

std::string newest_saved(Store& store) {
  const auto saved = store.load();
  if (!saved) return "error " + saved.error().message;
  std::int64_t newest = -1;
  for (const SavedAlarm& one : *saved) newest = std::max(newest, static_cast<std::int64_t>(std::stoll(one.window)));
  return newest < 0 ? "saved none" : "saved " + std::to_string(newest);
}

double metric(const Store& store, const std::string& name) {
  std::vector<OwnFamily> families;
  store.own_metrics()(families);
  for (const OwnFamily& family : families) {
    if (family.name == name) return family.points.front().value;
  }
  return -1;
}

std::string answer(Store& store, const std::string& line) {
  std::istringstream words(line);
  std::string word, name;
  std::int64_t number = 0;
  words >> word;
  if (word == "record" && words >> number) {
    const Transition one = numbered(number);
    store.record(one, {one.target, one.alarm, one.after, one.at, one.at, std::to_string(number)});
    return "handed " + std::to_string(number);
  }
  if (word == "flush" && words >> number) return store.flush(milliseconds(number)) ? "flushed" : "late";
  if (word == "saved") return newest_saved(store);
  if (word == "metric" && words >> name) return "metric " + std::to_string(metric(store, name));
  return "what?";
}

int obey(const std::string& url, const std::string& agent, const std::string& password_file) {
  StoreOptions options;
  options.url = url;
  options.agent = agent;
  options.password_file = password_file;
  auto store = Store::open(options, Log(Level::info, Log::Format::logfmt));
  if (!store) {
    std::cerr << store.error().message << '\n';
    return 1;
  }
  std::cout << "open" << std::endl;
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(**store, line) << std::endl;
  return 0;
}

}  // namespace
}  // namespace vedette

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return vedette::obey(argv[1], argv[2], argc > 3 ? argv[3] : "");
}
