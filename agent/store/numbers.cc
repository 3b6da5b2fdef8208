#include "store/numbers.h"

namespace vedette {

void StoreNumbers::append(std::vector<OwnFamily>& families, std::size_t pending) const {
  using Type = OwnFamily::Type;
  const auto count = [](const Counter& counter) { return static_cast<double>(counter.get()); };
  families.push_back({"vedette_store_up",
                      "1 while what the agent knows can be stored; 0: it is kept in memory until it can.",
                      Type::gauge,
                      {{{}, up ? 1.0 : 0.0, {}}}});
  families.push_back({"vedette_store_pending_rows",
                      "Transitions and saved alarms that are not stored yet.",
                      Type::gauge,
                      {{{}, static_cast<double>(pending), {}}}});
  families.push_back({"vedette_store_writes_total",
                      "Attempts to store what was pending, each one transaction.",
                      Type::counter,
                      {{{{"result", "ok"}}, count(written), {}}, {{{"result", "failed"}}, count(failed), {}}}});
  families.push_back({"vedette_store_dropped_rows_total",
                      "Transitions and saved alarms that were given up: too many were pending, or the database never "
                      "takes them.",
                      Type::counter,
                      {{{}, count(dropped), {}}}});
  families.push_back(
      {"vedette_store_write_seconds", "How long these attempts took.", Type::histogram, {seconds.point({})}});
}

}  // namespace vedette
