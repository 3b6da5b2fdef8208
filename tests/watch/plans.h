#pragma once
// Plans without files: targets that never talk.

#include <memory>
#include <string>
#include <vector>

#include "watch/plan.h"

namespace vedette {

inline std::shared_ptr<Job> make_job(const std::string& name, Duration interval, Labels labels = {},
                                     Schema schema = {}) {
  auto job = std::make_shared<Job>();
  job->target.name = name;
  job->target.labels = labels;
  job->interval = interval;
  job->timeout = interval;
  auto text = std::make_shared<TargetText>();
  append_label(text->labels, "target", name);
  for (const auto& [key, value] : labels) append_label(text->labels, key, value);
  text->schema = schema;
  text->buckets = std::make_shared<Buckets>(Buckets{0.1, 1});
  job->text = text;
  return job;
}

inline Plan make_plan_of(std::vector<std::shared_ptr<Job>> jobs, int flights = 100) {
  Plan plan;
  plan.jobs = std::move(jobs);
  plan.flights = flights;
  return plan;
}

}  // namespace vedette
