#include "watch/scheduler.h"

namespace vedette {

// Runs that are due within the same 5 ms start together: idle processors wake once for all of them, which halves what a
// probe costs, and the measured times stay those of a single one.
constexpr Duration kTick = milliseconds(5);

// Never sleep longer, so that a plan that arrives is noticed without a second wake-up path.
constexpr Duration kLongestNap = seconds(1);

struct Scheduler::Gauges {
  Histogram lateness{{0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}};
  std::atomic<std::uint64_t> flights{0}, targets{0}, limit{0}, running{0}, full{0}, asleep{0};
  Counter runs;
};

static Time epoch_now() { return now() - wall_now().time_since_epoch(); }

Scheduler::Scheduler(Net& net, Sink sink, Skip skip)
    : net_(net), sink_(std::move(sink)), timetable_(epoch_now()), gauges_(std::make_shared<Gauges>()) {
  timetable_.on_skip = [skip = std::move(skip)](const Turn& turn) { skip(*turn.job); };
}

void Scheduler::start() { net_.loop.spawn(tick()); }

void Scheduler::replace(const Plan& plan) {
  timetable_.replace(plan, now());
  gauges_->limit = static_cast<std::uint64_t>(plan.flights);
  publish();
}

void Scheduler::close(std::function<void()> idle) {
  timetable_.close();
  idle_ = std::move(idle);
  land();
}

void Scheduler::land() {
  publish();
  if (!idle_ || timetable_.flights() != 0) return;
  auto idle = std::exchange(idle_, nullptr);
  idle();
}

void Scheduler::publish() {
  gauges_->flights = timetable_.flights();
  gauges_->targets = timetable_.size();
  gauges_->running = timetable_.skipped().running;
  gauges_->full = timetable_.skipped().full;
  gauges_->asleep = timetable_.skipped().asleep;
}

Task<void> Scheduler::tick() {
  while (true) {
    Time current = now();
    for (Departure& departure : timetable_.depart(current)) {
      Time deadline = now() + departure.turn->job->timeout;  // others have just begun, which takes a while
      net_.loop.spawn(fly(std::move(departure)), deadline);
    }
    publish();
    // What waits for another to land is looked after at every tick.
    Time due = timetable_.waits() ? current : std::min(timetable_.next(), current + kLongestNap);
    Wake why = co_await net_.loop.sleep_until(tick_after(due, current, kTick));
    if (why != Wake::ready) co_return;
  }
}

Task<void> Scheduler::fly(Departure departure) {
  std::shared_ptr<Job> job = departure.turn->job;  // of this run, whatever a reload brings
  ProbeResult result;
  result.readings = Readings(job->text->schema);
  Time begin = now();
  WallTime at = wall_now();
  gauges_->lateness.observe(to_seconds(begin - departure.due));
  gauges_->runs.add();
  try {
    result = co_await job->prober->run(net_, nullptr);
  } catch (const std::exception& escaped) {
    result.failure = Failure{Phase::agent, Reason::internal, std::string("the prober failed: ") + escaped.what()};
  }
  result.at = at;
  result.elapsed = now() - begin;
  current_scope asked;
  Scope& scope = co_await asked;
  bool cancelled = scope.ended() && scope.why_ended() == Wake::cancelled;
  timetable_.ended(*departure.turn);
  // A stop or a reload must not look like an outage, nor may a run speak for an address that it has not asked.
  const bool still_asked = departure.turn->job->asks == job->asks;
  if (!cancelled && !departure.turn->gone && still_asked) sink_(*job, result);
  land();
}

OwnSource Scheduler::own_metrics() const {
  return [gauges = gauges_](std::vector<OwnFamily>& families) {
    using Type = OwnFamily::Type;
    auto one = [&](const char* name, const char* help, Type type, std::uint64_t value) {
      families.push_back({name, help, type, {{{}, static_cast<double>(value), {}}}});
    };
    one("vedette_scheduler_targets", "Targets in the configuration.", Type::gauge, gauges->targets);
    one("vedette_scheduler_flights", "Runs under way.", Type::gauge, gauges->flights);
    one("vedette_scheduler_flights_limit", "Most runs that may be under way at a time.", Type::gauge, gauges->limit);
    one("vedette_scheduler_runs_total", "Runs started.", Type::counter, gauges->runs.get());
    auto reason = [](const char* text, std::uint64_t value) {
      return OwnPoint{{{"reason", text}}, static_cast<double>(value), {}};
    };
    families.push_back(
        {"vedette_scheduler_skipped_total",
         "Slots passed over, by why.",
         Type::counter,
         {reason("asleep", gauges->asleep), reason("full", gauges->full), reason("running", gauges->running)}});
    families.push_back({"vedette_scheduler_lateness_seconds",
                        "How long after its slot a run started.",
                        Type::histogram,
                        {gauges->lateness.point({})}});
  };
}

}  // namespace vedette
