#include <algorithm>
#include <iostream>

#include "command/commands.h"
#include "watch/plan.h"

namespace vedette {

int check_command(const CheckOptions& options) {
  Loaded loaded = load_config(options.file);
  Plan plan = make_plan(loaded);
  auto problems = loaded.problems();
  for (const Problem& problem : problems) std::cout << problem.text() << '\n';
  if (!problems.empty()) return 1;
  std::cout << options.file << ": " << plan.jobs.size() << " targets, " << plan.modules.size() << " modules: good\n";
  return 0;
}

}  // namespace vedette
