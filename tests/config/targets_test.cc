// Targets: what each key may be, where it comes from when it is not written, and what is said when it is wrong.

#include "config/config.h"
#include "support/catch.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Texts problems_of(const Loaded& loaded) {
  Texts texts;
  for (const Problem& problem : loaded.problems()) texts.push_back(problem.text());
  return texts;
}

const std::string kModules =
    "modules:\n  web: {prober: http, timeout: 3s}\n  bare: {prober: http}\n  mail: {prober: tcp}\n  push: {prober: "
    "websocket}\n";

Loaded load(const std::string& text) { return load_config_text("v.yml", kModules + text); }

/// The one rule that a target with these keys breaks, as "path: rule" without what is the same everywhere.
std::string rule_of(const std::string& keys) {
  const Loaded loaded = load("targets: [{" + keys + "}]\n");
  const auto problems = loaded.problems();
  if (problems.empty()) return "";
  INFO(problems.back().text());
  CHECK(problems.size() == 1);
  CHECK(problems[0].line == 6);
  return problems[0].path + ": " + problems[0].rule;
}

TEST_CASE("a target's timeout is its own, else its module's, else the default") {
  const Loaded loaded = load(
      "defaults: {timeout: 7s, interval: 5s, module: bare}\n"
      "targets:\n"
      "  - {name: a, url: x, module: web, timeout: 20s}\n"
      "  - {name: b, url: x, module: web}\n"
      "  - {name: c, url: x}\n"
      "  - {name: d, url: x, interval: 100ms, timeout: 10m}\n");
  CHECK(problems_of(loaded) == Texts{});
  const auto& targets = loaded.config.targets;
  CHECK(targets[0].timeout == 20s);
  CHECK(targets[1].timeout == 3s);
  CHECK(targets[2].timeout == 7s);
  CHECK(targets[2].target.module == "bare");
  CHECK(targets[2].interval == 5s);
  CHECK(targets[3].timeout == 10min);
  CHECK(targets[3].interval == 100ms);
}

TEST_CASE("labels are laid over the defaults in the order of the file, and an empty one goes away") {
  const Loaded loaded = load(
      "defaults: {labels: {region: eu, team: none, tier: 1}}\n"
      "targets: [{name: a, url: x, labels: {team: web, zone: b, tier: ''}}, {name: b, url: x}]\n");
  CHECK(problems_of(loaded) == Texts{});
  CHECK(loaded.config.targets[0].target.labels == Labels{{"region", "eu"}, {"team", "web"}, {"zone", "b"}});
  CHECK(loaded.config.targets[1].target.labels == Labels{{"region", "eu"}, {"team", "none"}, {"tier", "1"}});
}

TEST_CASE("targets with equal buckets share them") {
  const Loaded loaded = load(
      "defaults: {buckets: [1, 2]}\n"
      "targets: [{name: a, url: x}, {name: b, url: x, buckets: [1.0, 2]}, {name: c, url: x, buckets: [0.5]}]\n");
  CHECK(problems_of(loaded) == Texts{});
  const auto& targets = loaded.config.targets;
  CHECK(targets[0].buckets == targets[1].buckets);
  CHECK(*targets[2].buckets == Buckets{0.5});
}

TEST_CASE("a target needs a name that nobody else has") {
  CHECK(rule_of("url: x") == "targets[0]: a target needs a name");
  CHECK(rule_of("name: '', url: x") == "targets[0].name: must not be empty");
  CHECK(rule_of("name: \"a\\nb\", url: x") == "targets[0].name: must be printable text in UTF-8");
  CHECK(rule_of("name: " + std::string(201, 'x') + ", url: x") == "targets[0].name: must not be longer than 200 bytes");
  CHECK(rule_of("name: " + std::string(200, 'x') + ", url: x") == "");
  CHECK(rule_of("name: 7, url: x") == "");
  CHECK(problems_of(load("targets:\n- {name: shop, url: x}\n- {name: b, url: x}\n- {url: x,\n   name: shop}\n")) ==
        Texts{"v.yml:10: targets[2].name: \"shop\" is already the name of the target at line 7"});
}

TEST_CASE("a target has a url or an address") {
  CHECK(rule_of("name: a") == "targets[0]: a target needs a url or an address");
  CHECK(rule_of("name: a, url: x, address: y") == "targets[0]: a target has a url or an address, not both");
  CHECK(rule_of("name: a, address: 'mail:25', module: mail") == "");
  CHECK(rule_of("name: a, url: 'mail:25', module: mail") ==
        "targets[0].url: the tcp prober takes no URL; write `address:` with a host, host:port or path");
  CHECK(rule_of("name: a, address: example.org") == "");
}

TEST_CASE("URLs must have the shape of one") {
  for (const char* url : {"http://h", "HTTPS://h:1/x?y#z", "h", "h:65535", "http://u:p@h/", "http://[::1]:80/",
                          "http://h:/", "h/a:b://c", "http://\xc3\xa4/\xc3\xa4", "h?u=http://x", "http://$${x}/"}) {
    INFO(url);
    CHECK(rule_of(std::string("name: a, url: \"") + url + "\"") == "");
  }
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", "must not be empty"},
      {"ftp://h", "the scheme must be http or https"},
      {"ws://h", "the scheme must be http or https"},
      {"://h", "the scheme must be http or https"},
      {"http://", "has no host"},
      {"http:///x", "has no host"},
      {"http://u@:80/", "has no host"},
      {"http://[]/", "has no host"},
      {"http://h:0/", "the port must be between 1 and 65535"},
      {"http://h:65536/", "the port must be between 1 and 65535"},
      {"http://h:http/", "the port must be between 1 and 65535"},
      {"http://::1/", "an IPv6 address in a URL must be in brackets: http://[::1]/"},
      {"http://[::1/", "the [ of its IPv6 address is not closed"},
      {"http://[::1]x/", "has something other than a port behind its IPv6 address"},
      {"http://h/a b", "must not have spaces; write %20"},
      {"http://${unclosed", "holds a ${ that begins no variable; write ${NAME} or ${NAME:-default}"},
      {"http://h/${A-b}/$${A}", "holds a ${ that begins no variable; write ${NAME} or ${NAME:-default}"},
      {"http://h/\\t", "must not have control characters"}};
  for (const auto& [url, rule] : rows) {
    INFO(url);
    CHECK(rule_of("name: a, url: \"" + url + "\"") == "targets[0].url: " + rule);
  }
  CHECK(rule_of("name: a, module: push, url: 'wss://h/'") == "");
  CHECK(rule_of("name: a, module: push, url: 'ftp://h/'") ==
        "targets[0].url: the scheme must be ws, wss, http or https");
}

TEST_CASE("messages never repeat a URL, which may hold a password") {
  CHECK(rule_of("name: a, url: 'http://u:hunter2@h:0/'").find("hunter2") == std::string::npos);
}

TEST_CASE("a target's module must exist") {
  CHECK(rule_of("name: a, url: x, module: wbe") ==
        "targets[0].module: module \"wbe\" is not defined, did you mean \"web\"? (defined: bare, http_2xx, mail, push, "
        "web)");
  CHECK(problems_of(load("defaults: {module: lamp}\ntargets: [{name: a, url: x}]\n")) ==
        Texts{"v.yml:6: defaults.module: module \"lamp\" is not defined (defined: bare, http_2xx, mail, push, web)"});
}

TEST_CASE("times have bounds") {
  CHECK(rule_of("name: a, url: x, interval: 99ms") == "targets[0].interval: must be between 100ms and 7d");
  CHECK(rule_of("name: a, url: x, interval: 8d") == "targets[0].interval: must be between 100ms and 7d");
  CHECK(rule_of("name: a, url: x, interval: 5") ==
        "targets[0].interval: \"5\" is not a duration: its unit is missing (ms, s, m, h, d or w)");
  CHECK(rule_of("name: a, url: x, timeout: 0s") == "targets[0].timeout: must be more than 0s");
  CHECK(rule_of("name: a, url: x, timeout: -1s") == "targets[0].timeout: cannot be negative");
  CHECK(rule_of("name: a, url: x, timeout: 601s") ==
        "targets[0].timeout: 10m1s is longer than 10m, the most a probe may take");
}

TEST_CASE("labels must be Prometheus' and not vedette's own") {
  const auto rule = [](const std::string& labels) { return rule_of("name: a, url: x, labels: {" + labels + "}"); };
  CHECK(rule("instance: x, job: y") == "");
  CHECK(rule("'a-b': x") ==
        "targets[0].labels.a-b: is not a label name: letters, digits and _ are allowed, and no digit at the front");
  CHECK(rule("1a: x").find("is not a label name") != std::string::npos);
  CHECK(rule("__x: y") == "targets[0].labels.__x: label names that begin with __ are Prometheus' own");
  for (const char* own : {"target", "module", "le", "phase", "reason", "result", "version"}) {
    CHECK(rule(std::string(own) + ": x").find("is one of vedette's own; choose another name") != std::string::npos);
  }
  CHECK(rule("a: !!binary /w==") == "targets[0].labels.a: must be UTF-8");
  CHECK(rule("a: " + std::string(1001, 'x')) == "targets[0].labels.a: must not be longer than 1000 bytes");
  CHECK(rule("a: [x]") == "targets[0].labels.a: must be text, found a list");
  std::string many;
  for (int i = 0; i < 51; ++i) many += "l" + std::to_string(i) + ": x, ";
  CHECK(rule(many) == "targets[0].labels: a target may have 50 labels or fewer");
}

TEST_CASE("buckets are positive and ascend") {
  const auto rule = [](const std::string& buckets) { return rule_of("name: a, url: x, buckets: " + buckets); };
  CHECK(rule("[]") == "targets[0].buckets: needs at least one bound in seconds");
  CHECK(rule("[0, 1]") == "targets[0].buckets[0]: must be more than 0 seconds");
  CHECK(rule("[1, 1]") == "targets[0].buckets[1]: must be more than the bound before it");
  CHECK(rule("[1, -1]") == "targets[0].buckets[1]: must be between 0 and 86400");
  CHECK(rule("[1, .inf]") == "targets[0].buckets[1]: must be a number, found \".inf\"");
  CHECK(rule("[1, ~]") == "targets[0].buckets[1]: must be a number of seconds");
  CHECK(rule("1") == "targets[0].buckets: must be a list, found a single value");
  std::string many = "[1";
  for (int i = 2; i < 32; ++i) many += ", " + std::to_string(i);
  CHECK(rule(many + "]") == "targets[0].buckets: must have 30 bounds or fewer");
}

TEST_CASE("a target must be a map") {
  CHECK(problems_of(load("targets:\n- word\n- [a]\n-\n")) ==
        Texts{"v.yml:7: targets[0]: must be a map, found a single value",
              "v.yml:8: targets[1]: must be a map, found a list",
              "v.yml:9: targets[2]: must be a map with a name and a url or an address, found nothing"});
  CHECK(problems_of(load("targets: {a: {url: x}}\n")) == Texts{"v.yml:6: targets: must be a list, found a map"});
}

TEST_CASE("a slip in a key is found with all other slips of the file") {
  CHECK(problems_of(load("targets:\n- {name: a, url: x, intervall: 5s}\n- {nmae: b, url: x}\n")) ==
        Texts{"v.yml:7: targets[0].intervall: unknown key: field intervall not found (did you mean \"interval\"?)",
              "v.yml:8: targets[1]: a target needs a name",
              "v.yml:8: targets[1].nmae: unknown key: field nmae not found (did you mean \"name\"?)"});
}

TEST_CASE("an unset variable is one problem, not two") {
  CHECK(rule_of("name: a, url: \"${VEDETTE_NEVER_SET}\"") ==
        "targets[0].url: the environment variable VEDETTE_NEVER_SET is not set");
}

}  // namespace
}  // namespace vedette
