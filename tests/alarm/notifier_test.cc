// What Alertmanagers are told that answer as they should.

#include "alarm/notifier.h"

#include "alarm/notifying.h"
#include "support/catch.h"

using namespace vedette;
using namespace vedette::test;

TEST_CASE("An Alertmanager is greeted at the start, so that trouble with it shows before there is an alarm") {
  FakeAlertmanager there;
  DeafPort port;
  std::string absent = "http://" + port.authority();
  Notifying agent({peer(there.url() + "/prefix"), peer(absent)});
  CHECK(soon([&] { return agent.up(there.url() + "/prefix") == 1 && agent.up(absent) == 0; }));
  REQUIRE_FALSE(there.requests().empty());
  auto [head, body] = there.requests().front();
  CHECK(body == "[]");
  CHECK(head.starts_with("POST /prefix/api/v2/alerts HTTP/1.1\r\n"));
  CHECK(head.find("\r\nContent-Type: application/json\r\n") != head.npos);
  CHECK(head.find("\r\nUser-Agent: vedette/test\r\n") != head.npos);
}

TEST_CASE("Alarms of one turn go in one post to every Alertmanager, with an end that is a while away") {
  FakeAlertmanager one, two;
  Notifying agent({peer(one.url()), peer(two.url())});
  REQUIRE(soon([&] { return agent.up(one.url()) == 1 && agent.up(two.url()) == 1; }));
  agent.act([](Notifier& on) {
    on.raise("a", alert("a", "first"));
    on.raise("b", alert("b"));
    on.raise("a", alert("a", "second"));
  });
  for (FakeAlertmanager* manager : {&one, &two}) {
    REQUIRE(soon([&] { return manager->told().size() == 1; }));
    std::string body = manager->told().front();
    const std::string a =
        R"([{"labels":{"alertname":"VedetteAlarm","alarm":"a"},"annotations":{"description":"second"},)"
        R"("startsAt":"2026-11-20T10:00:00.000Z","endsAt":")";
    CHECK(body.starts_with(a));
    CHECK(body.find(R"("alarm":"b")") != body.npos);
    // The lease is four times the resend.
    std::string least = format_utc(wall_now() + seconds(2390)), most = format_utc(wall_now() + seconds(2400));
    std::string ends = body.substr(a.size(), least.size());
    CHECK(ends > least);
    CHECK(ends <= most);
  }
  CHECK(soon([&] { return agent.posts(one.url(), "ok") == 2 && agent.pending(one.url()) == 0; }));
}

TEST_CASE("While an alarm is on it is told again, and its end is for a while") {
  FakeAlertmanager manager;
  Notifier::Options options = patient();
  options.resend = milliseconds(20);
  options.remember = milliseconds(200);
  Notifying agent({peer(manager.url())}, options);
  agent.raise("a");
  CHECK(soon([&] { return manager.told().size() >= 4; }));
  WallTime ended = kBegan + seconds(5);
  agent.resolve("a", ended);
  const std::string end = "\"endsAt\":\"" + format_utc(ended) + "\"";
  CHECK(soon([&] { return manager.count(end) >= 4; }));
  CHECK(soon([&] { return manager.requests().back().body == "[]"; }));
  std::size_t before = manager.count(end);
  CHECK(soon([&] { return manager.count("[]") >= 4; }));
  CHECK(manager.count(end) <= before + 1);
}

TEST_CASE("A text that changes waits for the next round, labels that change are another alert, and the old one ends") {
  FakeAlertmanager manager;
  Notifying agent({peer(manager.url())});
  agent.raise("a", "one");
  REQUIRE(soon([&] { return manager.count("\"one\"") == 1; }));
  agent.raise("a", "two");
  agent.raise("b");
  REQUIRE(soon([&] { return manager.count("\"b\"") == 1; }));
  CHECK(manager.count("\"two\"") == 0);
  WallTime before = wall_now();
  agent.act([](Notifier& on) {
    Alert other = alert("a", "three");
    other.labels.emplace_back("severity", "critical");
    on.raise("a", other);
  });
  REQUIRE(soon([&] { return manager.count("\"three\"") == 1; }));
  std::string body = manager.told().back();
  CHECK(manager.told().size() == 3);
  CHECK(body.find("\"two\"") != body.npos);
  std::string ends = body.substr(body.find("\"endsAt\":\"") + 10, 24);
  CHECK(ends >= format_utc(before));
  CHECK(ends <= format_utc(wall_now()));
}

TEST_CASE("What is forgotten ends, and the end of what never was raised is told too") {
  FakeAlertmanager manager;
  Notifying agent({peer(manager.url())});
  agent.raise("a");
  REQUIRE(soon([&] { return manager.told().size() == 1; }));
  agent.act([](Notifier& on) {
    on.forget("a", kBegan + seconds(7));
    on.forget("unknown", kBegan);
    Alert other = alert("before the restart", "", kBegan + seconds(9));
    other.starts = WallTime{};
    on.resolve("b", other);
  });
  REQUIRE(soon([&] { return manager.told().size() == 2; }));
  std::string body = manager.told().back();
  CHECK(body.find("10:00:07.000Z") != body.npos);
  CHECK(body.find(R"("startsAt":"2026-11-20T10:00:09.000Z","endsAt":"2026-11-20T10:00:09.000Z")") != body.npos);
  agent.resolve("a", kBegan + seconds(8));
  agent.raise("c");
  REQUIRE(soon([&] { return manager.count("\"c\"") == 1; }));
  CHECK(manager.count("10:00:08.000Z") == 0);
}

TEST_CASE("Many alarms go in posts of at most 64, and huge texts in posts of about a megabyte") {
  FakeAlertmanager manager;
  Notifying agent({peer(manager.url())});
  agent.act([](Notifier& on) {
    for (int i = 0; i < 200; ++i) on.raise(std::to_string(i), alert("n" + std::to_string(i)));
  });
  CHECK(soon([&] { return agent.pending(manager.url()) == 0 && manager.told().size() == 4; }));
  agent.act([](Notifier& on) {
    for (int i = 0; i < 12; ++i) {
      on.raise("large" + std::to_string(i), alert("l" + std::to_string(i), std::string(200'000, 'x')));
    }
  });
  CHECK(soon([&] { return agent.pending(manager.url()) == 0 && manager.count("xxx") >= 4; }));
  for (const std::string& body : manager.told()) {
    CHECK(body.size() < (5 << 18));
    std::size_t alerts = 0;
    for (std::size_t at = 0; (at = body.find("\"alarm\"", at)) != body.npos; ++at) ++alerts;
    CHECK(alerts <= 64);
  }
}

TEST_CASE("Peers that stay keep what they know, new ones get what is on, and those that go hear no more") {
  FakeAlertmanager stays, goes, comes;
  Notifying agent({peer(stays.url()), peer(goes.url())});
  agent.raise("a");
  agent.raise("b");
  agent.resolve("b", kBegan + seconds(1));
  REQUIRE(soon([&] { return agent.pending(stays.url()) == 0 && agent.pending(goes.url()) == 0; }));
  const std::size_t told = stays.requests().size();
  agent.act([&](Notifier& on) { on.replace({peer(comes.url()), peer(stays.url()), peer(stays.url())}); });
  CHECK(soon([&] { return comes.count("\"a\"") == 1; }));
  CHECK(stays.requests().size() == told);
  CHECK(agent.up(goes.url()) == -1);
  const std::size_t last = goes.requests().size();
  agent.raise("c");
  CHECK(soon([&] { return comes.count("\"c\"") == 1 && stays.count("\"c\"") == 1; }));
  CHECK(goes.requests().size() == last);
}

TEST_CASE("Without Alertmanagers there are no metrics, and one that comes later gets what is on") {
  FakeAlertmanager manager;
  Notifying agent({});
  agent.raise("a");
  std::vector<OwnFamily> families;
  agent.notifier.own_metrics()(families);
  CHECK(families.empty());
  DeafPort port;
  const std::string absent = "http://" + port.authority();
  agent.act([&](Notifier& on) { on.replace({peer(manager.url()), peer(absent)}); });
  CHECK(soon([&] { return manager.count("\"a\"") == 1; }));
  CHECK(agent.pending(absent) == 1);
}

TEST_CASE("An Alertmanager by name is found at whichever of its addresses it listens") {
  FakeAlertmanager manager;
  std::string url = manager.url();
  url.replace(url.find("127.0.0.1"), 9, "localhost");
  Notifying agent({peer(url)});
  CHECK(soon([&] { return agent.up(url) == 1; }));
}
