#include <algorithm>
#include <iostream>

#include "command/commands.h"
#include "command/orders.h"
#include "serve/web_config.h"

namespace vedette {

int check_command(const CheckOptions& options) {
  Loaded loaded = load_config(options.file);
  Orders orders = make_orders(loaded);
  auto problems = loaded.problems();
  if (!options.web_config.empty()) {
    const LoadedWebConfig web = load_web_config(options.web_config);
    problems.insert(problems.end(), web.problems.begin(), web.problems.end());
  }
  for (const Problem& problem : problems) std::cout << problem.text() << '\n';
  if (!problems.empty()) return 1;
  std::cout << options.file << ": " << orders.plan.jobs.size() << " targets, " << orders.plan.modules.size()
            << " modules: good\n";
  return 0;
}

}  // namespace vedette
