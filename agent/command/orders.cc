#include "command/orders.h"

#include <algorithm>

#include "command/alertmanagers.h"
#include "command/store_options.h"

namespace vedette {

Orders make_orders(const Loaded& loaded) {
  Orders orders;
  orders.plan = make_plan(loaded);
  orders.alertmanagers = read_alertmanagers(loaded.config.alertmanagers);
  const auto& jobs = orders.plan.jobs;
  bool alarms = std::any_of(jobs.begin(), jobs.end(), [](const auto& job) { return !job->alarms.empty(); });
  orders.store_chosen = loaded.config.store.present();
  StoreOptions store = read_store(loaded.config.store);
  if (orders.store_chosen || alarms || !orders.plan.composites.empty()) orders.store = std::move(store);
  return orders;
}

}  // namespace vedette
