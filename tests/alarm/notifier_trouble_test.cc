// Alertmanagers that do not answer as they should.

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "alarm/notifier.h"
#include "alarm/notifying.h"
#include "support/catch.h"

using namespace vedette;
using namespace vedette::test;

namespace {

using Request = FakeAlertmanager::Request;

/// Standard error in a file as long as it lives.
class CapturedLog {
 public:
  CapturedLog() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) { ::dup2(::fileno(file_), STDERR_FILENO); }
  ~CapturedLog() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    std::fclose(file_);
  }
  std::string text() const {
    std::string all(1 << 16, '\0');
    all.resize(static_cast<std::size_t>(std::max<ssize_t>(::pread(::fileno(file_), all.data(), all.size(), 0), 0)));
    return all;
  }
  std::size_t count(const std::string& word) const {
    std::string all = text();
    std::size_t found = 0;
    for (std::size_t at = 0; (at = all.find(word, at)) != all.npos; ++at) ++found;
    return found;
  }

 private:
  std::FILE* file_;
  int before_;
};

Task<void> flush_then_stop(Loop* loop, Notifier* notifier, Time until) {
  co_await notifier->flush(until);
  loop->stop();
}

}  // namespace

TEST_CASE("Who repeats our credentials to us has not put them into the log") {
  FakeAlertmanager echo([](const Request& request) { return FakeAlertmanager::status(401, "", request.head); });
  Alertmanager with = peer(echo.url());
  with.credentials = [] { return Result(std::vector<std::string>{"Authorization: Bearer s3cret"}); };
  CapturedLog log;
  Notifying agent({with}, patient(), Log(Level::info, Log::Format::logfmt));
  agent.raise("a");
  CHECK(soon([&] { return log.count("status 401") >= 1; }));
  CHECK(log.count("s3cret") == 0);
}

TEST_CASE("An Alertmanager that hangs delays nobody else, nor the end of the agent") {
  FakeAlertmanager hangs([](const Request&) { return ""; }), well;
  Notifying agent({peer(hangs.url(), seconds(60)), peer(well.url())});
  agent.raise("a");
  CHECK(soon([&] { return well.count("\"a\"") == 1; }));
  CHECK(agent.pending(hangs.url()) == 1);
  CHECK(soon([&] { return agent.pending(well.url()) == 0; }));
  Time begin = now();
  agent.stop();
  CHECK(now() - begin < seconds(5));
}

TEST_CASE("A post that takes too long has failed and is made again") {
  std::atomic<int> posts{0};
  FakeAlertmanager manager([&](const Request&) { return ++posts <= 2 ? "" : FakeAlertmanager::status(200); });
  Notifying agent({peer(manager.url(), milliseconds(50))});
  agent.raise("a");
  CHECK(soon([&] { return agent.up(manager.url()) == 1 && agent.pending(manager.url()) == 0; }));
  CHECK(agent.posts(manager.url(), "failed") == 2);
}

TEST_CASE("An Alertmanager that fails is told the latest state when it works again, and the log has two lines") {
  for (int code : {302, 401, 404, 500, 503}) {
    INFO(code);
    std::atomic<bool> works{false};
    FakeAlertmanager manager([&](const Request&) { return FakeAlertmanager::status(works ? 200 : code); });
    CapturedLog log;
    Notifying agent({peer(manager.url())}, patient(), Log(Level::info, Log::Format::logfmt));
    agent.raise("a");
    agent.raise("b");
    CHECK(soon([&] { return manager.count("\"b\"") >= 2; }));
    agent.resolve("a", kBegan + seconds(3));
    CHECK(soon([&] { return manager.count("10:00:03.000Z") >= 1; }));
    CHECK(agent.up(manager.url()) == 0);
    CHECK(agent.pending(manager.url()) == 2);
    works = true;
    CHECK(soon([&] { return agent.up(manager.url()) == 1 && agent.pending(manager.url()) == 0; }));
    std::string last = manager.told().back();
    CHECK(last.find("10:00:03.000Z") != last.npos);
    CHECK(last.find("\"b\"") != last.npos);
    CHECK(log.count("cannot tell an alertmanager of alarms") == 1);
    CHECK(log.count("status " + std::to_string(code)) == 1);
    CHECK(log.count("alertmanager takes alarms again") == 1);
  }
}

TEST_CASE("An Alertmanager that asks to wait is left in peace as long") {
  std::atomic<int> posts{0};
  FakeAlertmanager manager([&](const Request&) {
    return ++posts == 1 ? FakeAlertmanager::status(429, "Retry-After: 1\r\n") : FakeAlertmanager::status(200);
  });
  Notifying agent({peer(manager.url())});
  REQUIRE(soon([&] { return posts == 1; }));
  Time asked = now();
  agent.raise("a");
  CHECK(soon([&] { return posts == 2; }));
  CHECK(now() - asked > milliseconds(900));
}

TEST_CASE("A bad alert is refused alone, told of once, tried at each round, and the others arrive") {
  FakeAlertmanager manager([](const Request& request) {
    bool bad = request.body.find("\"bad\"") != request.body.npos;
    return bad ? FakeAlertmanager::status(400, "", "start time must be before end time\nmore\n")
               : FakeAlertmanager::status(200);
  });
  CapturedLog log;
  Notifier::Options options = patient();
  options.resend = milliseconds(30);
  Notifying agent({peer(manager.url())}, options, Log(Level::info, Log::Format::logfmt));
  agent.act([](Notifier& on) {
    for (int i = 0; i < 20; ++i) on.raise(std::to_string(i), alert("n" + std::to_string(i)));
    on.raise("bad", alert("bad"));
  });
  CHECK(soon([&] { return agent.posts(manager.url(), "refused") >= 8; }));
  CHECK(agent.pending(manager.url()) == 0);
  CHECK(agent.up(manager.url()) == 1);
  CHECK(agent.posts(manager.url(), "failed") == 0);
  CHECK(log.count("refuses an alert") == 1);
  CHECK(log.text().find("start time must be before end time") != std::string::npos);
  CHECK(log.text().find("more") == std::string::npos);
  CHECK(log.text().find(R"(alarm=\"bad\")") != std::string::npos);
}

TEST_CASE("Who refuses even an empty list is no Alertmanager: it counts as failing, and what is new stays untold") {
  std::atomic<bool> wrong{true};
  FakeAlertmanager manager([&](const Request&) { return FakeAlertmanager::status(wrong ? 400 : 200); });
  Notifying agent({peer(manager.url())});
  agent.raise("a");
  agent.raise("b");
  CHECK(soon([&] { return agent.up(manager.url()) == 0 && agent.pending(manager.url()) == 2; }));
  wrong = false;
  CHECK(soon([&] { return agent.up(manager.url()) == 1 && agent.pending(manager.url()) == 0; }));
}

TEST_CASE("Credentials are asked for at each post, and without them nothing is posted") {
  FakeAlertmanager manager;
  std::atomic<int> asked{0};
  Alertmanager with = peer(manager.url());
  with.credentials = [&]() -> Result<std::vector<std::string>> {
    if (++asked == 1) return Error{"cannot read the secret in \"token\": No such file or directory"};
    return std::vector<std::string>{"Authorization: Bearer token-" + std::to_string(asked)};
  };
  CapturedLog log;
  Notifying agent({with}, patient(), Log(Level::info, Log::Format::logfmt));
  CHECK(soon([&] { return agent.up(manager.url()) == 1; }));
  agent.raise("a");
  CHECK(soon([&] { return manager.told().size() == 1; }));
  CHECK(manager.requests()[0].head.find("\r\nAuthorization: Bearer token-2\r\n") != std::string::npos);
  CHECK(manager.requests()[1].head.find("\r\nAuthorization: Bearer token-3\r\n") != std::string::npos);
  CHECK(agent.posts(manager.url(), "failed") == 1);
  CHECK(log.count("cannot read the secret") == 1);
  CHECK(log.count("token-") == 0);
}

TEST_CASE("Of a long answer no more than its beginning is taken") {
  FakeAlertmanager manager([](const Request&) { return FakeAlertmanager::status(200, "", std::string(8 << 20, 'x')); });
  Notifying agent({peer(manager.url())});
  agent.raise("a");
  CHECK(soon([&] { return agent.pending(manager.url()) == 0; }));
  CHECK(agent.up(manager.url()) == 1);
}

TEST_CASE("An end that no Alertmanager has heard is kept beyond its time, but not for ever") {
  std::atomic<bool> works{false};
  FakeAlertmanager late([&](const Request&) { return FakeAlertmanager::status(works ? 200 : 500); }), well;
  Notifier::Options options = patient();
  options.resend = milliseconds(10);
  options.remember = milliseconds(10);
  for (bool for_ever : {true, false}) {
    works = false;
    options.keep = for_ever ? Duration(seconds(600)) : milliseconds(50);
    Notifying agent({peer(late.url()), peer(well.url())}, options);
    const std::string name = for_ever ? "kept" : "lost";
    agent.raise(name);
    agent.resolve(name, kBegan + seconds(4));
    const std::size_t before = late.requests().size();
    CHECK(soon([&] { return for_ever ? late.requests().size() > before + 5 : agent.pending(late.url()) == 0; }));
    CHECK(soon([&] {
      return well.count("[]") > 0 && well.requests().back().body == "[]";
    }));  // who has heard it hears it no more
    works = true;
    CHECK(soon([&] { return agent.up(late.url()) == 1; }));
    CHECK(agent.pending(late.url()) == 0);
    CHECK((late.told().back().find("\"kept\"") != std::string::npos) == for_ever);
  }
}

TEST_CASE("A flush does not wait for the next attempt, and gives up when its time is over") {
  std::atomic<int> posts{0};
  FakeAlertmanager manager([&](const Request&) { return FakeAlertmanager::status(++posts <= 1 ? 503 : 200); });
  FakeAlertmanager dead([](const Request&) { return FakeAlertmanager::status(503); });
  Notifier::Options options = patient();
  options.first_retry = options.longest_retry = seconds(300);
  Loop loop;
  Net net(loop);
  Notifier notifier(net, Log::silent(), options);
  notifier.replace({peer(manager.url())});
  notifier.raise("a", alert("a"));
  notifier.start();
  std::thread thread([&] { loop.run(); });
  REQUIRE(soon([&] { return posts == 1; }));
  Time begin = now();
  loop.post([&] { loop.spawn(flush_then_stop(&loop, &notifier, now() + seconds(60))); });
  thread.join();
  CHECK(now() - begin < seconds(30));
  CHECK(manager.count("\"a\"") == 2);

  Notifying agent({peer(dead.url())}, options);
  agent.raise("a");
  begin = now();
  agent.loop.post([&] { agent.loop.spawn(flush_then_stop(&agent.loop, &agent.notifier, now() + milliseconds(200))); });
  agent.thread.join();
  CHECK(now() - begin >= milliseconds(200));
  CHECK(now() - begin < seconds(30));
}
