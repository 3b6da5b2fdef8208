#include "watch/board.h"

#include <algorithm>

namespace vedette {

namespace {

// A target's numbers, as small as they can be: there are ten thousand of these.
struct Numbers {
  std::shared_ptr<const TargetText> text;
  std::vector<double> values;
  std::vector<std::uint64_t> counts;
  std::bitset<Readings::kMost> present;
  std::shared_ptr<const std::vector<Info>> infos;
  std::optional<Failure> failure;
  bool ran = false;
  std::uint64_t successes = 0, failures = 0, skipped = 0;
  double duration_sum = 0, last_duration = 0, timeout = 0;
  WallTime last_run{}, state_since{};
};

bool same_infos(const std::shared_ptr<const std::vector<Info>>& a, const std::vector<Info>& b) {
  if (!a) return b.empty();
  return std::equal(a->begin(), a->end(), b.begin(), b.end(), [](const Info& x, const Info& y) {
    return x.metric == y.metric && x.labels == y.labels && x.value == y.value;
  });
}

bool same_state(const std::optional<Failure>& a, const std::optional<Failure>& b) {
  if (!a || !b) return !a && !b;
  return a->phase == b->phase && a->reason == b->reason;
}

void take_over(Numbers& numbers, const Job& job, const ProbeResult& result) {
  numbers.ran = true;
  auto values = result.readings.values();
  numbers.values.assign(values.begin(), values.end());
  numbers.present = result.readings.present();
  if (!same_infos(numbers.infos, result.infos)) {
    numbers.infos = result.infos.empty() ? nullptr : std::make_shared<const std::vector<Info>>(result.infos);
  }
  result.up() ? ++numbers.successes : ++numbers.failures;
  double took = to_seconds(result.elapsed);
  const Buckets& buckets = *numbers.text->buckets;
  ++numbers.counts[static_cast<std::size_t>(std::lower_bound(buckets.begin(), buckets.end(), took) - buckets.begin())];
  numbers.duration_sum += took;
  numbers.last_duration = took;
  numbers.timeout = to_seconds(job.timeout);
  numbers.last_run = std::chrono::floor<milliseconds>(result.at);  // more digits would only make the page longer
}

}  // namespace

struct Board::Cell {
  Guarded<Numbers> numbers;
};

void Board::replace(const Plan& plan) {
  auto before = std::move(by_name_);
  by_name_.clear();
  auto cells = std::make_shared<Cells>();
  for (const auto& job : plan.jobs) {
    auto known = before.find(job->target.name);
    std::shared_ptr<Cell> cell = known == before.end() ? nullptr : known->second;
    bool stays = cell && cell->numbers.with([&](const Numbers& numbers) {
      return numbers.text->labels == job->text->labels && *numbers.text->buckets == *job->text->buckets &&
             numbers.text->schema.data() == job->text->schema.data();
    });
    if (!stays) {
      cell = std::make_shared<Cell>();
      cell->numbers.with([&](Numbers& numbers) {
        numbers.text = job->text;
        numbers.counts.resize(job->text->buckets->size() + 1);
      });
    }
    by_name_.emplace(job->target.name, cell);
    cells->all.push_back(std::move(cell));
    cells->numbers += job->text->schema.size() + job->text->buckets->size() + 1;
  }
  shown_.put(std::move(cells));
}

std::optional<Change> Board::record(const Job& job, const ProbeResult& result) {
  auto found = by_name_.find(job.target.name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second->numbers.with([&](Numbers& numbers) -> std::optional<Change> {
    // A run that began before a reload may belong to a target that is another one now.
    if (numbers.text->labels != job.text->labels) return std::nullopt;
    bool first = !numbers.ran;
    bool same = !first && same_state(numbers.failure, result.failure);
    Change change{first, std::move(numbers.failure), numbers.state_since};
    take_over(numbers, job, result);
    numbers.failure = result.failure;
    if (same) return std::nullopt;
    numbers.state_since = result.at;
    return change;
  });
}

void Board::count_skip(const Job& job) {
  auto found = by_name_.find(job.target.name);
  if (found != by_name_.end()) found->second->numbers.with([](Numbers& numbers) { ++numbers.skipped; });
}

Snapshot Board::snapshot() const {
  Snapshot snapshot;
  auto cells = shown_.get();
  if (!cells) return snapshot;
  snapshot.rows.reserve(cells->all.size());
  snapshot.numbers.reserve(cells->numbers);
  for (const auto& cell : cells->all) {
    cell->numbers.with([&](const Numbers& numbers) {
      TargetRow row;
      row.text = numbers.text;
      row.infos = numbers.infos;
      row.values = static_cast<std::uint32_t>(snapshot.numbers.size());
      snapshot.numbers.insert(snapshot.numbers.end(), numbers.values.begin(), numbers.values.end());
      row.counts = static_cast<std::uint32_t>(snapshot.numbers.size());
      snapshot.numbers.insert(snapshot.numbers.end(), numbers.counts.begin(), numbers.counts.end());
      row.present = numbers.present;
      row.ran = numbers.ran;
      row.failed = numbers.failure.has_value();
      if (row.failed) {
        row.phase = numbers.failure->phase;
        row.reason = numbers.failure->reason;
      }
      row.successes = static_cast<double>(numbers.successes);
      row.failures = static_cast<double>(numbers.failures);
      row.skipped = static_cast<double>(numbers.skipped);
      row.duration_sum = numbers.duration_sum;
      row.last_duration = numbers.last_duration;
      row.timeout = numbers.timeout;
      row.last_run = to_seconds(numbers.last_run);
      snapshot.rows.push_back(std::move(row));
    });
  }
  return snapshot;
}

}  // namespace vedette
