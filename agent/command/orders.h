#pragma once
// All that a configuration asks of the running agent.

#include <optional>
#include <vector>

#include "alarm/alertmanager.h"
#include "config/config.h"
#include "store/store.h"
#include "watch/plan.h"

namespace vedette {

struct Orders {
  Plan plan;
  std::vector<Alertmanager> alertmanagers;
  std::optional<StoreOptions> store;  // none: nothing has to outlive the agent
  bool store_chosen = false;          // by the file; else it is where state is kept by default
};

/// Problems go to the nodes' documents: the orders are usable only if `loaded` has none afterwards.
Orders make_orders(const Loaded& loaded);

}  // namespace vedette
