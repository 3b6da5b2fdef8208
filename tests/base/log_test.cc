#include "base/log.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "support/catch.h"

using namespace vedette;

namespace {

std::string logfmt(std::string_view message, std::vector<LogField> fields = {}) {
  return Log::line(Log::Format::logfmt, "2026-11-21T08:00:00.000Z", Level::info, message, fields);
}

std::string json(std::string_view message, std::vector<LogField> fields = {}) {
  return Log::line(Log::Format::json, "2026-11-21T08:00:00.000Z", Level::error, message, fields);
}

/// What is written to standard error while it lives.
class StandardError {
 public:
  StandardError() : saved_(::dup(STDERR_FILENO)) {
    char name[] = "/tmp/vedette_log_test_XXXXXX";
    const int file = ::mkstemp(name);
    path_ = name;
    ::dup2(file, STDERR_FILENO);
    ::close(file);
  }
  ~StandardError() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::unlink(path_.c_str());
  }
  std::vector<std::string> lines() const {
    std::ifstream file(path_);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

 private:
  int saved_;
  std::string path_;
};

}  // namespace

TEST_CASE("A logfmt line quotes only what needs it") {
  CHECK(
      logfmt("target is down", {{"target", "shop"}, {"url", "https://x/a"}, {"empty", ""}, {"rule", "a=b"}}) ==
      R"(time=2026-11-21T08:00:00.000Z level=INFO msg="target is down" target=shop url=https://x/a empty="" rule="a=b")");
  CHECK(logfmt("listening", {{"path", "C:\\x"}}) ==
        R"(time=2026-11-21T08:00:00.000Z level=INFO msg=listening path=C:\x)");
}

TEST_CASE("Nothing in a value can end its line, its quotes or the terminal's patience") {
  CHECK(logfmt("m", {{"a", "x\ny\r\t\"\\\x1b[31m\x7f"}}) ==
        "time=2026-11-21T08:00:00.000Z level=INFO msg=m a=\"x\\ny\\r\\t\\\"\\\\\\u001b[31m\\u007f\"");
  CHECK(logfmt("m", {{"a", "\xc2\x9b\xe2\x80\xa8\xe2\x80\xae caf\xc3\xa9"}}) ==
        "time=2026-11-21T08:00:00.000Z level=INFO msg=m a=\"\\u009b\\u2028\\u202e caf\xc3\xa9\"");
}

TEST_CASE("A JSON line is one object of strings") {
  CHECK(json("target is down", {{"target", "shop"}, {"n", "3"}}) ==
        R"({"time":"2026-11-21T08:00:00.000Z","level":"ERROR","msg":"target is down","target":"shop","n":"3"})");
  CHECK(json("a\"b\\c\nd\x01") == R"({"time":"2026-11-21T08:00:00.000Z","level":"ERROR","msg":"a\"b\\c\nd\u0001"})");
}

TEST_CASE("Bytes that are not UTF-8 are replaced in both formats") {
  const std::string replaced = "\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\"";
  CHECK(json("m", {{"a", "x\xffy\xe2\x82"}}).find("\"a\":" + replaced) != std::string::npos);
  CHECK(logfmt("m", {{"a", "x\xffy\xe2\x82"}}).find("a=" + replaced) != std::string::npos);
  CHECK(json("m", {{"a", std::string("x\0y", 3)}}).find(R"(x\u0000y)") != std::string::npos);
}

TEST_CASE("A level is read whatever its case, anything else is an error") {
  CHECK(*parse_level("debug") == Level::debug);
  CHECK(*parse_level("WARN") == Level::warn);
  CHECK(parse_level("loud").error().message == R"("loud" is no log level: debug, info, warn or error)");
}

TEST_CASE("A log writes what is at or above its level") {
  const StandardError captured;
  const Log log(Level::warn, Log::Format::logfmt);
  CHECK_FALSE(log.writes(Level::info));
  log.info("too low");
  log.warn("shown", {{"a", "b"}});
  log.error("shown too");
  const auto lines = captured.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].substr(lines[0].find(" level=")) == " level=WARN msg=shown a=b");
  CHECK(lines[1].substr(lines[1].find(" level=")) == " level=ERROR msg=\"shown too\"");
}

TEST_CASE("A percent sign or brace in a message is only itself") {
  const StandardError captured;
  Log(Level::info, Log::Format::logfmt).info("100% {} %v {0}");
  REQUIRE(captured.lines().size() == 1);
  CHECK(captured.lines()[0].find("msg=\"100% {} %v {0}\"") != std::string::npos);
}

TEST_CASE("A silent log writes nothing at any level") {
  const StandardError captured;
  const Log log = Log::silent();
  CHECK_FALSE(log.writes(Level::error));
  log.error("nothing");
  CHECK(captured.lines().empty());
}

TEST_CASE("Lines of several threads do not mix") {
  const StandardError captured;
  const Log log(Level::info, Log::Format::logfmt);
  const std::string filler(3000, 'x');
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const Log copy = log;
      for (int k = 0; k < 50; ++k) copy.info(filler, {{"n", std::to_string(i * 100 + k)}});
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> seen;
  for (const std::string& line : captured.lines()) {
    const auto rest = line.find(" level=INFO msg=" + filler + " n=");
    REQUIRE(rest != std::string::npos);
    seen.insert(line.substr(line.rfind('=') + 1));
  }
  CHECK(seen.size() == 200);
}
