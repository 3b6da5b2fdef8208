#include "github/actions.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vedette {
namespace {

std::optional<WallTime> time_at(const Json& row, std::string_view key) {
  return parse_rfc3339(row.at(key).text_or(""));
}

std::optional<WorkflowRun> read_run(const Json& row) {
  WorkflowRun run;
  auto created = time_at(row, "created_at");
  run.id = row.at("id").integer_or(0);
  if (run.id <= 0 || !created) return std::nullopt;
  run.attempt = std::max<std::int64_t>(row.at("run_attempt").integer_or(1), 1);
  run.workflow = workflow_file(row.at("path").text_or(""));
  run.event = row.at("event").text_or("");
  run.branch = row.at("head_branch").text_or("");
  const std::string status = row.at("status").text_or("");
  run.completed = status == "completed";
  run.running = status == "in_progress";
  if (run.completed) run.conclusion = known_conclusion(row.at("conclusion").text_or(""));
  run.created = *created;
  run.started = time_at(row, "run_started_at").value_or(*created);
  run.updated = time_at(row, "updated_at").value_or(run.started);
  return run;
}

std::optional<WorkflowJob> read_job(const Json& row) {
  WorkflowJob job;
  job.id = row.at("id").integer_or(0);
  if (job.id <= 0) return std::nullopt;
  job.attempt = std::max<std::int64_t>(row.at("run_attempt").integer_or(1), 1);
  job.group = row.at("runner_group_name").text_or("");
  auto created = time_at(row, "created_at"), started = time_at(row, "started_at");
  const bool taken = row.at("runner_id").integer_or(0) > 0 && row.at("status").text_or("") != "queued";
  if (taken && created && started && *started >= *created) job.queued = *started - *created;
  return job;
}

Deployment::Outcome outcome_of(const std::string& state) {
  if (state == "SUCCESS") return Deployment::Outcome::success;
  if (state == "FAILURE" || state == "ERROR") return Deployment::Outcome::failure;
  return state == "INACTIVE" ? Deployment::Outcome::superseded : Deployment::Outcome::open;
}

/// Its first end counts. That something newer replaced it is no end, unless nothing else is known.
void settle(Deployment& deployment, const Json& statuses) {
  constexpr auto kSuperseded = Deployment::Outcome::superseded;
  for (const Json& status : statuses.items()) {
    const Deployment::Outcome outcome = outcome_of(status.at("state").text_or(""));
    auto at = time_at(status, "createdAt");
    if (!at || outcome == Deployment::Outcome::open) continue;
    const bool is_first = !deployment.ended || std::pair(outcome == kSuperseded, *at) <
                                                   std::pair(deployment.outcome == kSuperseded, *deployment.ended);
    if (!is_first) continue;
    deployment.outcome = outcome;
    deployment.ended = at;
  }
}

}  // namespace

std::optional<Duration> WorkflowRun::took() const {
  if (!completed) return std::nullopt;
  return std::max(updated - started, Duration{});
}

std::string known_conclusion(std::string_view conclusion) {
  static constexpr std::array<std::string_view, 9> kKnown = {"success", "failure",         "cancelled",
                                                             "skipped", "timed_out",       "neutral",
                                                             "stale",   "action_required", "startup_failure"};
  return std::string(std::find(kKnown.begin(), kKnown.end(), conclusion) == kKnown.end() ? "other" : conclusion);
}

std::string workflow_file(std::string_view path) {
  path = path.substr(0, path.find('@'));
  return std::string(path.substr(path.rfind('/') + 1));
}

Result<RunsPage> read_runs(const Json& body) {
  RunsPage page;
  if (!body.at("workflow_runs").is_list()) return Error{"the answer is no list of workflow runs"};
  page.total = body.at("total_count").integer_or(0);
  for (const Json& row : body.at("workflow_runs").items()) {
    auto run = read_run(row);
    if (!run) return Error{"the list holds a run without a number or a date"};
    page.runs.push_back(*std::move(run));
  }
  return page;
}

Result<std::vector<WorkflowJob>> read_jobs(const Json& body) {
  if (!body.at("jobs").is_list()) return Error{"the answer is no list of jobs"};
  std::vector<WorkflowJob> jobs;
  for (const Json& row : body.at("jobs").items()) {
    auto job = read_job(row);
    if (!job) return Error{"the list holds a job without a number"};
    jobs.push_back(*std::move(job));
  }
  return jobs;
}

std::string_view deployment_fields() {
  // Not its creator: an account that is gone would take the whole node with it.
  return "id environment commitOid createdAt statuses(last:20){nodes{state createdAt}}";
}

Result<std::vector<Deployment>> read_deployments(const Json& nodes) {
  if (!nodes.is_list()) return Error{"the answer is no list of deployments"};
  std::vector<Deployment> deployments;
  for (const Json& node : nodes.items()) {
    if (node.is_null()) continue;
    Deployment one;
    auto created = time_at(node, "createdAt");
    one.id = node.at("id").text_or("");
    if (one.id.empty() || !created) return Error{"the list holds a deployment without an id or a date"};
    one.environment = node.at("environment").text_or("");
    one.commit = node.at("commitOid").text_or("");
    one.created = *created;
    settle(one, node.at("statuses").at("nodes"));
    deployments.push_back(std::move(one));
  }
  return deployments;
}

}  // namespace vedette
