// `vedette alarms list`: the alarms' past from the store that an agent keeps.

#include <algorithm>
#include <iostream>

#include "command/commands.h"
#include "command/store_options.h"
#include "config/config.h"
#include "page/alarms_json.h"
#include "page/alarms_text.h"

namespace vedette {
namespace {

constexpr std::size_t kRowsAtOnce = 1000;

/// Only what concerns the store: the rest of the file may need an environment that this user has not.
Result<StoreOptions> store_of(const AlarmsOptions& asked) {
  if (!asked.store.empty()) {
    StoreOptions options;
    options.url = asked.store;
    if (const std::string why = broken_store_url(options.url); !why.empty()) return Error{"--store " + why};
    return options;
  }
  Loaded loaded = load_config(asked.config_file);
  StoreOptions options = read_store(loaded.config.store);
  const bool readable = !loaded.documents.empty() && loaded.documents.front().readable();
  std::string wrong;
  for (const Problem& problem : loaded.problems()) {
    const bool ours = problem.path == "store" || problem.path.starts_with("store.");
    if (ours || !readable) wrong += (wrong.empty() ? "" : "\n") + problem.text();
  }
  if (!wrong.empty()) return Error{wrong};
  if (options.url == "memory:")
    return Error{asked.config_file + " says `store: none`: only the agent itself knows its alarms, at /api/v1/alarms"};
  return options;
}

/// Page after page.
Result<TransitionPage> read_all(Store& store, TransitionQuery query) {
  TransitionPage all;
  const std::size_t wanted = query.limit;
  do {
    query.limit = wanted == 0 ? kRowsAtOnce : std::min(kRowsAtOnce, wanted - all.rows.size());
    auto page = store.transitions(query);
    if (!page) return page;
    std::move(page->rows.begin(), page->rows.end(), std::back_inserter(all.rows));
    query.after = all.next = page->next;
  } while (!all.next.empty() && (wanted == 0 || all.rows.size() < wanted));
  return all;
}

}  // namespace

int alarms_command(const AlarmsOptions& asked) {
  const auto fail = [](const Error& error) {
    std::cerr << "vedette: " << error.message << '\n';
    return 1;
  };
  auto options = store_of(asked);
  if (!options) return fail(options.error());
  options->read_only = true;
  auto store = Store::open(*options, Log::silent());
  if (!store) return fail(store.error());
  const auto page = read_all(**store, asked.query);
  if (!page) return fail(page.error());
  switch (asked.format) {
    case AlarmsOptions::Format::json: std::cout << alarms_json(*page); break;
    case AlarmsOptions::Format::csv: std::cout << alarms_csv(page->rows); break;
    case AlarmsOptions::Format::table: std::cout << alarms_table(page->rows); break;
  }
  if (asked.format == AlarmsOptions::Format::table && page->rows.empty()) std::cerr << "no such rows\n";
  return 0;
}

}  // namespace vedette
