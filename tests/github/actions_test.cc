#include "github/actions.h"

#include "github/reading.h"

using namespace vedette;
using namespace vedette::test;

namespace {

WorkflowRun run(const std::string& more) {
  auto page =
      read_runs(json(R"({"total_count": 1, "workflow_runs": [{"id": 4294967296, "created_at": "2026-11-20T10:00:00Z",
    "path": ".github/workflows/ci.yml@main", "event": "push", "head_branch": "main", )" +
                     more + "}]}"));
  REQUIRE(page);
  return page->runs.at(0);
}

WorkflowJob job(const std::string& more) {
  auto jobs = read_jobs(json(R"({"jobs": [{"id": 5, "created_at": "2026-11-20T10:00:00Z", )" + more + "}]}"));
  REQUIRE(jobs);
  return jobs->at(0);
}

Deployment deployment(const std::string& statuses) {
  auto all = read_deployments(json(R"([null, {"id": "D_1", "environment": "production", "commitOid": "a1",
    "createdAt": "2026-11-20T10:00:00Z", "statuses": {"nodes": [)" +
                                   statuses + "]}}]"));
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  return all->at(0);
}

std::string status(const std::string& state, int minute) {
  return R"({"state": ")" + state + R"(", "createdAt": "2026-11-20T10:)" + std::to_string(minute) + ":00Z\"}";
}

}  // namespace

TEST_CASE("A run is one attempt, with what became of it and how long it took") {
  const WorkflowRun done = run(R"("status": "completed", "conclusion": "failure", "run_attempt": 2,
    "run_started_at": "2026-11-20T11:00:00Z", "updated_at": "2026-11-20T11:03:00Z")");
  CHECK(done.id == 4294967296);
  CHECK(done.attempt == 2);
  CHECK(done.workflow == "ci.yml");
  CHECK(done.completed);
  CHECK(done.conclusion == "failure");
  CHECK(done.took() == std::chrono::minutes(3));
  const WorkflowRun going = run(R"("status": "in_progress", "conclusion": null)");
  CHECK(going.running);
  CHECK_FALSE(going.took());
  CHECK(going.attempt == 1);
  CHECK(going.conclusion.empty());
  CHECK_FALSE(run(R"("status": "queued")").running);
}

TEST_CASE("Words that GitHub may yet invent stay out of labels") {
  CHECK(known_conclusion("timed_out") == "timed_out");
  CHECK(known_conclusion("exploded") == "other");
  CHECK(known_conclusion("") == "other");
  CHECK(workflow_file(".github/workflows/ci.yml") == "ci.yml");
  CHECK(workflow_file("octo/shop/.github/workflows/deploy.yaml@refs/heads/x") == "deploy.yaml");
  CHECK(workflow_file("dynamic/dependabot") == "dependabot");
  CHECK(workflow_file("").empty());
}

TEST_CASE("A job's time in the queue counts only where it can be told") {
  const std::string taken = R"("status": "completed", "runner_id": 4, "runner_group_name": "Default", )";
  const WorkflowJob waited = job(taken + R"("started_at": "2026-11-20T10:00:07Z")");
  CHECK(waited.queued == seconds(7));
  CHECK(waited.group == "Default");
  CHECK_FALSE(job(taken + R"("started_at": "2026-11-20T09:00:00Z")").queued);  // carried over from an attempt before
  CHECK_FALSE(job(taken + R"("started_at": null)").queued);
  CHECK_FALSE(job(R"("status": "completed", "runner_id": null, "started_at": "2026-11-20T10:00:00Z")").queued);
  CHECK_FALSE(job(R"("status": "queued", "runner_id": 4, "started_at": "2026-11-20T10:00:00Z")").queued);
}

TEST_CASE("A deployment ends with its first end, whatever replaces it later") {
  using Outcome = Deployment::Outcome;
  CHECK(deployment("").outcome == Outcome::open);
  CHECK(deployment(status("QUEUED", 10) + "," + status("IN_PROGRESS", 11)).outcome == Outcome::open);
  const Deployment good =
      deployment(status("IN_PROGRESS", 10) + "," + status("SUCCESS", 12) + "," + status("INACTIVE", 50));
  CHECK(good.outcome == Outcome::success);
  CHECK(format_utc(*good.ended) == "2026-11-20T10:12:00.000Z");
  CHECK(good.environment == "production");
  CHECK(deployment(status("INACTIVE", 50) + "," + status("SUCCESS", 12)).outcome == Outcome::success);
  CHECK(deployment(status("ERROR", 12)).outcome == Outcome::failure);
  CHECK(deployment(status("FAILURE", 12) + "," + status("SUCCESS", 20)).outcome == Outcome::failure);
  CHECK(deployment(status("SUCCESS", 20) + "," + status("FAILURE", 12)).outcome == Outcome::failure);
  CHECK(deployment(status("INACTIVE", 50)).outcome == Outcome::superseded);  // older statuses are not told
}

TEST_CASE("What is no such list is an error") {
  for (const std::string text : {"{}", "[]", R"({"workflow_runs": [{}]})", R"({"jobs": [{}]})"}) {
    INFO(text);
    CHECK_FALSE(read_runs(json(text)));
    CHECK_FALSE(read_jobs(json(text)));
  }
  CHECK_FALSE(read_deployments(json("{}")));
  CHECK_FALSE(read_deployments(json("[{}]")));
}
