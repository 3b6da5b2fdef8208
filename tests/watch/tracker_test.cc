#include "watch/tracker.h"

#include <algorithm>
#include <random>
#include <utility>

#include "support/catch.h"
#include "watch/world.h"

using namespace vedette;

TEST_CASE("A step whose end nobody saw is judged as soon as somebody looks again") {
  World world({alarm_of("unavailable", AlarmKind::unavailable, seconds(10), "1 of 1")}, seconds(1));
  world.pass(seconds(30), 0.1);
  CHECK(world.said == std::vector<std::string>{"unavailable: insufficient_data to ok"});
  world.pass(seconds(9), std::nullopt);
  const WallTime away = world.now;  // a second before the step's end
  world.now += seconds(3);
  world.tracker->pass_over(away, world.now);
  world.judge();
  CHECK(world.said.back() == "unavailable: ok to alarm");
  CHECK(world.said.size() == 2);
}

TEST_CASE("Slow, broken and stopped sites: each alarm goes off once and is over once") {
  for (int interval : {1, 60}) {
    INFO(interval);
    Duration period = seconds(interval);
    World world({alarm_of("availability", AlarmKind::unavailable, period, "1 of 1"),
                 alarm_of("latency", AlarmKind::slow, period, "1 of 1")},
                period);
    using Said = std::vector<std::string>;
    world.pass(10 * period, 0.2);
    CHECK(world.said == Said{"availability: insufficient_data to ok", "latency: insufficient_data to ok"});
    world.said.clear();
    world.pass(10 * period, 0.5);
    CHECK(world.said == Said{"latency: ok to alarm"});
    CHECK(world.transitions.back().reason == "1 of 1 datapoints above 0.28 (0.5), 1 needed");
    CHECK(world.transitions.back().value == 0.5);
    CHECK(world.transitions.back().threshold == 0.28);
    CHECK(world.transitions.back().labels == Labels{{"severity", "warning"}, {"module", "http_2xx"}, {"team", "web"}});
    world.pass(10 * period, 0.2);
    CHECK(world.said == Said{"latency: ok to alarm", "latency: alarm to ok"});
    world.said.clear();
    world.pass(10 * period, std::nullopt);
    CHECK(world.said == Said{"availability: ok to alarm", "latency: ok to insufficient_data"});
    world.said.clear();
    world.pass(10 * period, 0.2);
    CHECK(world.said == Said{"availability: alarm to ok", "latency: insufficient_data to ok"});
  }
}

TEST_CASE("Missing data that breaches: results that stay away are an alarm, the first minutes of a life are none") {
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(60), "2 of 3", MissingData::breaching)});
  world.now += seconds(40);  // the first slot is passed
  world.pass(seconds(600), 0.1);
  CHECK(world.said == std::vector<std::string>{"availability: insufficient_data to ok"});
  world.pass(seconds(600), 0.1, false);
  CHECK(world.said.back() == "availability: ok to alarm");
  CHECK(world.said.size() == 2);
}

TEST_CASE("A site that is silent for longer than a period is one alarm") {
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(1), "1 of 1", MissingData::ignore)},
              seconds(1));
  world.pass(seconds(10), 0.1);
  for (int i = 0; i < 5; ++i) {  // a run takes its ten seconds, and the slots in between are skipped
    world.pass(seconds(10), std::nullopt, false);
    world.result(std::nullopt);
  }
  world.pass(seconds(10), 0.1);
  CHECK(world.said == std::vector<std::string>{"availability: insufficient_data to ok", "availability: ok to alarm",
                                               "availability: alarm to ok"});
}

TEST_CASE("An alarm without any result goes off once it could have had enough of them") {
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(60), "2 of 3", MissingData::breaching)});
  world.now += seconds(10);
  world.pass(seconds(220), 0.1, false);
  CHECK(world.said.empty());
  world.pass(seconds(20), 0.1, false);
  CHECK(world.said == std::vector<std::string>{"availability: insufficient_data to alarm"});
}

TEST_CASE("A restart in the middle of an alarm is no transition, however long it took") {
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(60), "3 of 5", MissingData::breaching)});
  world.pass(seconds(600), 0.1);
  world.pass(seconds(180), std::nullopt);
  REQUIRE(world.said.back() == "availability: ok to alarm");
  WallTime since = world.transitions.back().at;
  std::string why = world.transitions.back().reason;
  REQUIRE_FALSE(why.empty());
  std::size_t said = world.said.size();
  for (Duration away : {seconds(1), seconds(3600), seconds(86400)}) {
    world.now += away;
    world.live();
    int on = 0;
    world.tracker->for_each_on(
        [&](const AlarmEvent& event) {
          ++on;
          CHECK(event.transition.at == since);
          CHECK(event.transition.reason == why);
          CHECK(event.transition.value == 0);
        },
        world.now);
    CHECK(on == 1);
    world.pass(seconds(300), std::nullopt);
    CHECK(world.said.size() == said);
  }
  world.pass(seconds(600), 0.1);
  CHECK(world.said.back() == "availability: alarm to ok");
  CHECK(world.said.size() == said + 1);
}

TEST_CASE("Killed at random, an agent tells the same transitions as one that lives on") {
  std::mt19937 random(7);
  for (MissingData missing : {MissingData::missing, MissingData::ignore, MissingData::breaching}) {
    AlarmSpecs specs{alarm_of("availability", AlarmKind::unavailable, seconds(1), "2 of 3", missing),
                     alarm_of("latency", AlarmKind::slow, seconds(1), "3 of 4", missing)};
    World lives(specs, seconds(1)), dies(specs, seconds(1));
    int deaths = 0;
    bool reborn = false;
    for (int i = 0; i < 5000; ++i) {
      bool fails = random() % 100 < (i / 40 % 2 ? 70 : 4), slow = random() % 100 < (i / 55 % 2 ? 70 : 3);
      // A step that was looked at in part and is empty would rightly be left out.
      bool anew = std::exchange(reborn, false), comes = random() % 10 != 0 || anew;
      std::optional<double> took = fails && !anew ? std::nullopt : std::optional<double>(slow ? 0.5 : 0.1);
      for (World* world : {&lives, &dies}) {
        if (comes) world->result(took);
        world->now += seconds(1);
        world->judge();
      }
      if (random() % 50 != 0) continue;
      Duration away = seconds(1 + random() % 5000);
      dies.now += away;
      dies.live();
      dies.now = dies.now - away;  // both worlds go on alike
      dies.tracker->pass_over(dies.now + away, dies.now);
      reborn = true;
      ++deaths;
    }
    CHECK(deaths > 50);
    CHECK(lives.said.size() > 100);
    auto apart = std::mismatch(dies.said.begin(), dies.said.end(), lives.said.begin(), lives.said.end());
    INFO(missing_data_name(missing) << ", alike until change " << apart.first - dies.said.begin());
    CHECK(apart.first == dies.said.end());
    CHECK(apart.second == lives.said.end());
  }
}

TEST_CASE("A clock that was set neither raises nor ends an alarm") {
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(10), "2 of 3", MissingData::breaching)},
              seconds(10));
  world.pass(seconds(100), 0.1);
  for (int hours : {5, -11}) {
    WallTime before = world.now;
    world.now += std::chrono::hours(hours);
    world.tracker->pass_over(before, world.now);
    world.pass(seconds(100), 0.1);
  }
  CHECK(world.said == std::vector<std::string>{"availability: insufficient_data to ok"});
}

TEST_CASE("A reload keeps states and windows, and what is taken out is over") {
  auto latency = alarm_of("latency", AlarmKind::slow, seconds(60), "2 of 3");
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(60), "1 of 1"), latency});
  world.pass(seconds(600), 0.5);
  REQUIRE(world.said.back() == "latency: insufficient_data to alarm");
  std::size_t said = world.said.size();

  auto stricter = std::make_shared<AlarmSpec>(*latency);
  stricter->condition.threshold = 0.3;
  stricter->text.severity = "critical";
  world.job->alarms[1] = stricter;
  world.tracker->replace(world.plan, world.now);
  world.pass(seconds(600), 0.5);
  CHECK(world.said.size() == said);

  world.job->alarms.pop_back();
  world.tracker->replace(world.plan, world.now);
  CHECK(world.said.back() == "latency: alarm to insufficient_data");
  CHECK(world.transitions.back().reason == "the alarm was taken out of the configuration");
  CHECK(world.gone == std::vector<std::string>{"shop/latency"});
  world.tracker->replace(Plan{}, world.now);
  CHECK(world.gone == std::vector<std::string>{"shop/latency", "shop/availability"});
  CHECK(world.said.size() == said + 1);
}

TEST_CASE("A window of something else is not gone on with, neither after a reload nor after a restart") {
  for (bool restart : {false, true}) {
    INFO(restart);
    auto latency = alarm_of("x", AlarmKind::slow, seconds(60), "1 of 1");
    World world({latency});
    world.pass(seconds(300), 0.5);
    REQUIRE(world.said.back() == "x: insufficient_data to alarm");
    auto availability = std::make_shared<AlarmSpec>(*latency);
    availability->kind = AlarmKind::unavailable;
    availability->condition.comparison = Comparison::below;
    availability->condition.threshold = 0.9;
    world.job->alarms[0] = availability;
    restart ? world.live() : world.tracker->replace(world.plan, world.now);
    world.pass(seconds(20), 0.5);
    CHECK(world.said.size() == 1);  // half a second is no availability of one half
    world.pass(seconds(120), 0.5);
    CHECK(world.said.back() == "x: alarm to ok");
  }
}

TEST_CASE("As many breaching results as it takes are an alarm, however young it is") {
  World world({alarm_of("availability", AlarmKind::unavailable, seconds(60), "2 of 10")});
  world.pass(seconds(60), std::nullopt);
  CHECK(world.said.empty());
  world.pass(seconds(70), std::nullopt);
  CHECK(world.said == std::vector<std::string>{"availability: insufficient_data to alarm"});
}

TEST_CASE("What was kept for an alarm that is no more is thrown away, and is over if it was on") {
  World world({alarm_of("latency", AlarmKind::slow, seconds(60), "1 of 1")});
  world.tracker->restore({{"shop", "other", AlarmState::alarm, kHour, kHour, ""},
                          {"shop", "latency", AlarmState::alarm, kHour, kHour, "no window"}},
                         world.now);
  CHECK(world.gone == std::vector<std::string>{"shop/other"});
  CHECK(world.said == std::vector<std::string>{"other: alarm to insufficient_data"});
  CHECK(world.transitions.back().reason == "the alarm was taken out of the configuration");
  world.pass(seconds(180), 0.1);
  CHECK(world.said.back() == "latency: alarm to ok");
  CHECK(world.said.size() == 2);
}

TEST_CASE("Composite alarms follow their members in the same turn, and wait until these are known") {
  World world(
      {alarm_of("availability", AlarmKind::unavailable, seconds(60), "1 of 1"),
       alarm_of("latency", AlarmKind::slow, seconds(60), "1 of 1")},
      seconds(60),
      {composite_of("any", "ALARM(shop/availability) OR ALARM(shop/latency)"), composite_of("calm", "NOT ALARM(any)")});
  world.pass(seconds(30), 0.1, false);
  CHECK(world.said.empty());
  world.pass(seconds(300), 0.1);
  CHECK(std::count(world.said.begin(), world.said.end(), "any: insufficient_data to ok") == 1);
  CHECK(std::count(world.said.begin(), world.said.end(), "calm: insufficient_data to alarm") == 1);
  world.said.clear();
  world.pass(seconds(120), 0.5);
  CHECK(world.said == std::vector<std::string>{"latency: ok to alarm", "any: ok to alarm", "calm: alarm to ok"});
  CHECK(world.transitions.back().target.empty());
  CHECK(world.transitions.back().reason == "the rule does not hold: any is alarm");
  CHECK(world.transitions.back().labels == Labels{{"severity", "warning"}, {"team", "web"}});
}

TEST_CASE("Composite alarms are not judged in the middle of a step") {
  AlarmSpecs specs;
  for (const char* name : {"a", "b", "c", "d"}) specs.push_back(alarm_of(name, AlarmKind::slow, seconds(60), "1 of 1"));
  World world(specs, seconds(60),
              {composite_of("some",
                            "AT_LEAST(1, ALARM, (shop/a, shop/b, shop/c, shop/d)) AND NOT "
                            "AT_LEAST(4, ALARM, (shop/a, shop/b, shop/c, shop/d))")});
  world.pass(seconds(300), 0.1);
  world.said.clear();
  world.pass(seconds(300), 0.5);
  CHECK(world.said.size() == 4);  // all four in one step
}

TEST_CASE("An alarm may go by fewer samples than a percentile needs, or wait for more") {
  auto picky = alarm_of("picky", AlarmKind::slow, seconds(60), "1 of 1");
  picky->statistic = *parse_statistic("p99");
  auto patient = std::make_shared<AlarmSpec>(*picky);
  patient->name = "patient";
  patient->ignore_low_samples = true;
  World world({picky, patient});
  world.pass(seconds(300), 0.5);
  CHECK(world.said == std::vector<std::string>{"picky: insufficient_data to alarm"});
}

TEST_CASE("Objectives count results: good ones, and all that say something of the target") {
  World world({});
  world.job->objectives = {{"availability", 0.999, {}}, {"latency", 0.99, milliseconds(300)}};
  world.tracker->replace(world.plan, world.now);
  for (double took : {0.1, 0.3, 0.31}) world.result(took);
  world.result(std::nullopt);
  ProbeResult ours;
  ours.failure = Failure{Phase::agent, Reason::internal, "why"};
  world.tracker->record(*world.job, ours, world.now);
  Snapshot snapshot;
  world.tracker->append_to(snapshot);
  std::map<std::string, double> lines;
  for (const LooseFamily& family : snapshot.loose) {
    for (const auto& point : family.points)
      lines[std::string(family.metric->name) + (point.labels->find("latency") != std::string::npos ? " l" : " a")] =
          point.value;
  }
  CHECK(lines == std::map<std::string, double>{{"vedette_slo_objective a", 0.999},
                                               {"vedette_slo_objective l", 0.99},
                                               {"vedette_slo_good_total a", 3},
                                               {"vedette_slo_good_total l", 2},
                                               {"vedette_slo_total a", 4},
                                               {"vedette_slo_total l", 3}});
}

TEST_CASE("A page shows each alarm's state, value, threshold and transitions") {
  World world({alarm_of("latency", AlarmKind::slow, seconds(60), "1 of 1")});
  auto page = [&] {
    Snapshot snapshot;
    world.tracker->append_to(snapshot);
    std::map<std::string, double> lines;
    for (const LooseFamily& family : snapshot.loose) {
      for (const auto& point : family.points) {
        CHECK(*point.labels == R"(target="shop",module="http_2xx",team="web",alarm="latency",severity="warning")");
        lines[std::string(family.metric->name) + std::string(point.more)] = point.value;
      }
    }
    return lines;
  };
  auto lines = page();
  CHECK(lines["vedette_alarm_state"] == 2);
  CHECK_FALSE(lines.contains("vedette_alarm_value"));
  world.pass(seconds(180), 0.5);
  lines = page();
  CHECK(lines["vedette_alarm_state"] == 1);
  CHECK(lines["vedette_alarm_value"] == 0.5);
  CHECK(lines["vedette_alarm_threshold"] == 0.28);
  CHECK(lines[R"(vedette_alarm_transitions_totalto="alarm")"] == 1);
  CHECK(lines[R"(vedette_alarm_transitions_totalto="ok")"] == 0);
}
