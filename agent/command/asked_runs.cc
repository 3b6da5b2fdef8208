#include "command/asked_runs.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace vedette {
namespace {

constexpr milliseconds kSlice{200};    // between looks at whether somebody still waits
constexpr seconds kMostForLanding{5};  // beyond the timeout

}  // namespace

struct AskedRuns::Flight {
  struct Landing {
    bool over = false, cut = false;
    ProbeResult result;
  };
  Awaited<Landing> landing;
  Readings blank;
  // Of the loop's thread alone.
  Scope* scope = nullptr;
  bool cancelled = false;
};

Task<void> AskedRuns::fly(AskedRun order, Net& net, std::shared_ptr<Flight> flight) {
  ProbeResult result;
  result.readings = order.blank;
  const Time begin = now();
  const WallTime at = wall_now();
  if (order.trace) order.trace->began = begin;
  Scope& scope = co_await current_scope();
  flight->scope = &scope;
  if (flight->cancelled) scope.cancel();
  try {
    result = co_await order.prober->run(net, order.trace.get());
  } catch (const std::exception& escaped) {
    result.failure = Failure{Phase::agent, Reason::internal, std::string("the prober failed: ") + escaped.what()};
  }
  flight->scope = nullptr;
  result.at = at;
  result.elapsed = now() - begin;
  flight->landing.change([&](Flight::Landing& landing) {
    if (landing.cut) return;  // what comes of a run that was cut says nothing
    landing.over = true;
    landing.result = std::move(result);
  });
}

std::shared_ptr<AskedRuns::Ticket> AskedRuns::begin(const AskedRun& order, Ended& refused) {
  const auto flight = std::make_shared<Flight>();
  flight->blank = order.blank;
  auto ticket = std::make_shared<Ticket>(*this, flight, now() + order.timeout + kMostForLanding);
  const bool entered = state_.change([&](State& state) {
    const bool full = static_cast<int>(state.flights.size()) >= most_;
    refused = state.closed ? Ended::stopping : Ended::crowded;
    if (state.closed || full) return false;
    state.flights.insert(flight);
    return true;
  });
  if (!entered) return nullptr;
  loop_.post(
      [loop = &loop_, net = &net_, order, flight] { loop->spawn(fly(order, *net, flight), now() + order.timeout); });
  return ticket;
}

AskedRuns::Ticket::~Ticket() {
  cut(runs_.loop_, flight_);
  runs_.state_.change([&](State& state) { state.flights.erase(flight_); });
}

std::optional<AskedRuns::Outcome> AskedRuns::Ticket::wait(Time most, const std::function<bool()>& gone) {
  Outcome outcome;
  while (now() < std::min(most, until_)) {
    const Time slice = std::min<Time>({most, until_, now() + kSlice});
    const bool over = flight_->landing.wait(slice, [&](Flight::Landing& landing) {
      if (landing.over) outcome.result = std::move(landing.result);
      if (landing.cut) outcome.how = Ended::stopping;
      return landing.over || landing.cut;
    });
    if (!over && gone && gone()) outcome.how = Ended::gone;
    if (over || outcome.how == Ended::gone) return outcome;
  }
  if (now() < until_) return std::nullopt;
  outcome.result.readings = flight_->blank;
  outcome.result.failure = Failure{Phase::agent, Reason::internal, "the agent is too busy or ending"};
  return outcome;
}

/// A run that has ended does not mind.
void AskedRuns::cut(Loop& loop, const std::shared_ptr<Flight>& flight) {
  const bool flies = flight->landing.change([](Flight::Landing& landing) {
    landing.cut = !landing.over;
    return landing.cut;
  });
  if (!flies) return;
  loop.post([flight] {
    flight->cancelled = true;
    if (flight->scope) flight->scope->cancel();
  });
}

void AskedRuns::close() {
  state_.change([](State& state) { state.closed = true; });
}

void AskedRuns::finish(Time until) {
  close();
  std::set<std::shared_ptr<Flight>> late;
  state_.wait(until, [](State& state) { return state.flights.empty(); });
  state_.read([&](const State& state) { late = state.flights; });
  for (const auto& flight : late) cut(loop_, flight);
}

ProbeResult run_once(Loop& loop, Net& net, std::shared_ptr<Prober> prober, Readings blank, Duration timeout,
                     std::shared_ptr<Trace> trace) {
  AskedRuns single(loop, net, 1);
  AskedRuns::Ended refused{};
  const auto ticket = single.begin({std::move(prober), blank, timeout, std::move(trace)}, refused);
  return ticket->wait(Time::max(), {})->result;
}

}  // namespace vedette
