#pragma once
// Workflow runs, their jobs, and deployments, as GitHub's answers tell them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "page/json.h"

namespace vedette {

/// One attempt of one run. A run that is started again keeps its id and its time of creation.
struct WorkflowRun {
  std::int64_t id = 0;
  std::int64_t attempt = 1;
  std::string workflow;    // the name of its file, say "ci.yml"
  std::string event;       // "push", "schedule" …
  std::string branch;      // may be empty
  bool completed = false;  // else it is queued, waiting or running
  bool running = false;    // has begun and is not completed
  std::string conclusion;  // of a completed one, one word of a closed set: see known_conclusion()
  WallTime created{}, started{}, updated{};

  /// From the start of this attempt to its end.
  std::optional<Duration> took() const;
};
struct RunsPage {
  std::int64_t total = 0;  // that match the question; no list gives more than the first thousand of a filtered one
  std::vector<WorkflowRun> runs;
};
Result<RunsPage> read_runs(const Json& body);

struct WorkflowJob {
  std::int64_t id = 0, attempt = 1;
  std::string group;  // of runners; empty: none has taken it
  /// How long it waited for a runner. None where that cannot be told: not started, skipped, or carried over from an
  /// attempt before.
  std::optional<Duration> queued;
};
Result<std::vector<WorkflowJob>> read_jobs(const Json& body);

/// What a label may say of an end: "success", "failure", "cancelled", "skipped", "timed_out", "neutral",
/// "action_required", "stale", "startup_failure"; anything new is "other".
std::string known_conclusion(std::string_view conclusion);
/// ".github/workflows/ci.yml@main" and "owner/repo/.github/workflows/ci.yml" are "ci.yml".
std::string workflow_file(std::string_view path);

struct Deployment {
  std::string id;  // GitHub's node id: the number does not fit where GitHub keeps it
  std::string environment, commit;
  WallTime created{};
  enum class Outcome { open, success, failure, superseded };
  Outcome outcome = Outcome::open;
  std::optional<WallTime> ended;  // when that was known
};
/// The nodes of `deployments` of a GraphQL Repository, and the fields they need.
Result<std::vector<Deployment>> read_deployments(const Json& nodes);
std::string_view deployment_fields();

}  // namespace vedette
