// Runs that somebody waits for, on a loop of their own.

#include "command/asked_runs.h"

#include <atomic>
#include <thread>

#include "support/catch.h"
#include "support/soon.h"

using namespace vedette;
using vedette::test::soon;
using Ended = AskedRuns::Ended;

namespace {

/// What happens to it.
struct Fate {
  std::atomic<int> flying{0};
  std::atomic<bool> may_land{false};
};

class Patient : public Prober {
 public:
  explicit Patient(Fate& fate) : fate_(fate) {}
  Task<ProbeResult> run(Net& net, Trace*) override {
    ++fate_.flying;
    Wake wake = Wake::ready;
    while (wake == Wake::ready && !fate_.may_land) wake = co_await net.loop.sleep_until(now() + milliseconds(1));
    --fate_.flying;
    co_return ProbeResult{};
  }

 private:
  Fate& fate_;
};

struct Running {
  Loop loop;
  Net net{loop};
  std::thread thread{[this] { loop.run(); }};
  ~Running() {
    loop.stop();
    thread.join();
  }
};

AskedRun patient(Fate& fate, Duration timeout = seconds(600)) {
  return {std::make_shared<Patient>(fate), Readings(), timeout, nullptr};
}

Ended ask(AskedRuns& runs, Fate& fate, const std::function<bool()>& gone = {}, Duration timeout = seconds(600)) {
  Ended refused{};
  const auto ticket = runs.begin(patient(fate, timeout), refused);
  return ticket ? ticket->wait(Time::max(), gone)->how : refused;
}

/// Asks on a thread of its own.
class Asker {
 public:
  Asker(AskedRuns& runs, Fate& fate) : thread_([this, &runs, &fate] { how_ = ask(runs, fate); }) {}
  Ended answer() {
    thread_.join();
    return how_;
  }

 private:
  Ended how_ = Ended::landed;
  std::thread thread_;
};

}  // namespace

TEST_CASE("A run that lands is told, one that takes too long ends with its timeout") {
  Running running;
  AskedRuns runs(running.loop, running.net, 1);
  Fate fate;
  CHECK(ask(runs, fate, {}, milliseconds(20)) == Ended::landed);
  fate.may_land = true;
  CHECK(ask(runs, fate) == Ended::landed);
}

TEST_CASE("Who waits for a run in two steps gets it in the second") {
  Running running;
  AskedRuns runs(running.loop, running.net, 1);
  Fate fate;
  Ended refused{};
  const auto ticket = runs.begin(patient(fate), refused);
  REQUIRE(ticket);
  CHECK_FALSE(ticket->wait(now() + milliseconds(10), {}));
  fate.may_land = true;
  const auto outcome = ticket->wait(Time::max(), {});
  CHECK((outcome && outcome->how == Ended::landed && !outcome->result.failure));
}

TEST_CASE("The run of a client that has gone is cancelled, and its place is free") {
  Running running;
  AskedRuns runs(running.loop, running.net, 1);
  Fate fate;
  for (int i = 0; i < 2; ++i) CHECK(ask(runs, fate, [] { return true; }) == Ended::gone);
  CHECK(soon([&] { return fate.flying == 0; }));
}

TEST_CASE("Who finds no place is refused at once, and finds one later") {
  Running running;
  AskedRuns runs(running.loop, running.net, 1);
  Fate fate;
  Asker first(runs, fate);
  REQUIRE(soon([&] { return fate.flying == 1; }));
  CHECK(ask(runs, fate) == Ended::crowded);
  fate.may_land = true;
  CHECK(first.answer() == Ended::landed);
  CHECK(ask(runs, fate) == Ended::landed);
}

TEST_CASE("At a stop runs may land until its time, then they are cut, and new ones are refused") {
  Running running;
  AskedRuns runs(running.loop, running.net, 2);
  Fate quick, stuck;
  Asker lands(runs, quick), hangs(runs, stuck);
  REQUIRE(soon([&] { return quick.flying + stuck.flying == 2; }));
  runs.close();
  CHECK(ask(runs, stuck) == Ended::stopping);
  quick.may_land = true;
  CHECK(lands.answer() == Ended::landed);
  const Time begin = now();
  runs.finish(now() + milliseconds(100));
  CHECK(hangs.answer() == Ended::stopping);
  CHECK(now() - begin < seconds(5));
  CHECK(soon([&] { return stuck.flying == 0; }));
}
