#include "command/store_options.h"

#include <unistd.h>

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>

#include "config/config.h"
#include "support/catch.h"

namespace vedette {
namespace {

struct Read {
  StoreOptions options;
  std::string problems;
};

Read read(const std::string& text) {
  Loaded loaded = load_config_text("vedette.yml", text);
  Read read{read_store(loaded.config.store), ""};
  for (const Problem& problem : loaded.problems()) read.problems += problem.text() + "\n";
  return read;
}

/// Variables of the environment for as long as a test runs; empty: unset.
class Environment {
 public:
  Environment(std::initializer_list<std::pair<std::string, std::string>> wanted) {
    for (const auto& [name, value] : wanted) {
      const char* before = std::getenv(name.c_str());
      before_[name] = before ? std::optional<std::string>(before) : std::nullopt;
      put(name, value.empty() ? std::nullopt : std::optional(value));
    }
  }
  Environment(const Environment&) = delete;
  ~Environment() {
    for (const auto& [name, value] : before_) put(name, value);
  }

 private:
  static void put(const std::string& name, const std::optional<std::string>& value) {
    value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_CASE("a store is a URL, or a map with more of it") {
  const Read plain = read("store: sqlite:/srv/v.db\n");
  CHECK(plain.problems.empty());
  CHECK(plain.options.url == "sqlite:/srv/v.db");
  CHECK_FALSE(plain.options.agent.empty());
  CHECK(read("store: none\n").options.url == "memory:");
  const Read full = read("store: {url: 'postgresql://me@db/alarms', password_file: /run/secrets/db, agent: node-1}\n");
  CHECK(full.problems.empty());
  CHECK(full.options.url == "postgresql://me@db/alarms");
  CHECK(full.options.password_file == "/run/secrets/db");
  CHECK(full.options.agent == "node-1");
  CHECK(*read("store: {url: 'postgresql://me@db/alarms', password: hush}\n").options.password.reveal() == "hush");
}

TEST_CASE("what is wrong with a store is said without its secrets") {
  CHECK(read("store: /srv/v.db\n").problems == "vedette.yml:1: store: must begin with sqlite: or postgresql://\n");
  CHECK(read("store: {url: 'postgresql://me:hush@db:x/alarms'}\n").problems.find("hush") == std::string::npos);
  CHECK(read("store: {path: x}\n").problems.find("unknown key") != std::string::npos);
  CHECK(read("store: [x]\n").problems.find("store: must be") != std::string::npos);
  CHECK(read("store: ''\n").problems.find("store: must be a url") != std::string::npos);
  CHECK(read("store: {url: 'postgresql://db/x', password: a, password_file: b}\n").problems.find("both") !=
        std::string::npos);
}

TEST_CASE("the password of a store's URL is not shown with the configuration") {
  Loaded loaded = load_config_text("vedette.yml", "store: 'postgresql://me:hush@db/alarms?password=hush'\n");
  read_store(loaded.config.store);
  CHECK(shown_config(loaded).find("hush") == std::string::npos);
  CHECK(shown_config(loaded).find("db/alarms") != std::string::npos);
}

TEST_CASE("without the key, the store is a file where state is kept") {
  {
    const Environment environment{{"STATE_DIRECTORY", "/var/lib/one:/var/lib/two"}};
    CHECK(read("{}\n").options.url == "sqlite:/var/lib/one/vedette.db");
    CHECK(read("store: {agent: x}\n").options.url == "sqlite:/var/lib/one/vedette.db");
  }
  const Environment environment{{"STATE_DIRECTORY", ""}, {"XDG_STATE_HOME", "/home/me/state"}};
  const std::string expected = ::geteuid() == 0 ? "/var/lib/vedette/vedette.db" : "/home/me/state/vedette/vedette.db";
  CHECK(read("{}\n").options.url == "sqlite:" + expected);
}

}  // namespace
}  // namespace vedette
