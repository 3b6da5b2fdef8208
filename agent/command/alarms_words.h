#pragma once
// The options of `vedette alarms list`, as CLI11 reads them.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "command/cli.h"

namespace CLI {
class App;
}

namespace vedette {

struct AlarmsWords {
  AlarmsOptions alarms;
  std::vector<std::string> labels;
  std::vector<std::pair<std::string, std::string>> filters{{"target", ""}, {"alarm", ""}, {"agent", ""}, {"state", ""},
                                                           {"since", ""},  {"until", ""}, {"limit", ""}};
  std::string format = "table";
};

/// The words must outlive the parsing.
void add_alarms_options(CLI::App& list, AlarmsWords& words);
/// What the library could not check by itself.
Result<AlarmsOptions> finish_alarms(AlarmsWords words);

}  // namespace vedette
