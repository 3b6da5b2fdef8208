// vedette.yml as a whole: defaults, modules, files that name files, and what /config shows.

#include "config/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/catch.h"
#include "support/folder.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Texts problems_of(const Loaded& loaded) {
  Texts texts;
  for (const Problem& problem : loaded.problems()) texts.push_back(problem.text());
  return texts;
}

Texts problems_of(const std::string& text) { return problems_of(load_config_text("v.yml", text)); }

/// "key: value", "key:" or "- value": prose has no such beginning.
bool is_commented_yaml(const std::string& text) {
  const auto start = text.find_first_not_of(' ');
  if (start == std::string::npos) return false;
  const auto word = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", start);
  return text.compare(start, 2, "- ") == 0 || (word != start && word != std::string::npos && text[word] == ':');
}

TEST_CASE("the smallest file that watches something gets every default") {
  const Loaded loaded = load_config_text("v.yml", "targets: [{name: shop, url: http://shop/}]\n");
  CHECK(problems_of(loaded) == Texts{});
  const Config& config = loaded.config;
  REQUIRE(config.targets.size() == 1);
  const TargetConfig& target = config.targets[0];
  CHECK(target.target.name == "shop");
  CHECK(target.target.address == "http://shop/");
  CHECK(target.target.module == "http_2xx");
  CHECK(target.target.labels.empty());
  CHECK(target.interval == 60s);
  CHECK(target.timeout == 10s);
  CHECK(*target.buckets == Buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
  CHECK(config.flights == 1000);
  CHECK(config.files == Texts{"v.yml"});
  REQUIRE(config.modules.count("http_2xx") == 1);
  CHECK(config.modules.at("http_2xx").prober == "http");
  CHECK_FALSE(config.modules.at("http_2xx").options.present());
}

TEST_CASE("a file of blackbox_exporter's is a configuration") {
  const Loaded loaded = load_config_text("blackbox.yml",
                                         "modules:\n"
                                         "  web: {prober: http, timeout: 5s, http: {method: POST}}\n"
                                         "  mail: {prober: tcp, tcp: {query_response: [{expect: '^220'}], tls: true}}\n"
                                         "  ping: {prober: icmp, icmp: {ttl: 5}}\n"
                                         "  name: {prober: dns, dns: {query_name: example.org}}\n"
                                         "  call: {prober: grpc}\n"
                                         "  local: {prober: unix, unix: {}}\n"
                                         "  push: {prober: websocket, websocket: {}}\n");
  CHECK(problems_of(loaded) == Texts{});
  CHECK(loaded.config.modules.size() == 8);
  CHECK(loaded.config.targets.empty());
  const ModuleConfig& web = loaded.config.modules.at("web");
  CHECK(web.timeout == 5s);
  CHECK(web.options.path() == "modules.web.http");
  CHECK(web.options.at("method").text() == "POST");
  CHECK_FALSE(loaded.config.modules.at("call").options.present());
}

TEST_CASE("the http_2xx that the file defines is the one that counts") {
  const Loaded loaded =
      load_config_text("v.yml", "modules: {http_2xx: {prober: http, timeout: 3s}}\ntargets: [{name: a, url: a}]\n");
  CHECK(problems_of(loaded) == Texts{});
  CHECK(loaded.config.targets[0].timeout == 3s);
}

TEST_CASE("modules are checked as far as no prober is needed") {
  CHECK(problems_of("modules:\n"
                    "  a: {timeout: 5s}\n"
                    "  b: {prober: semaphore}\n"
                    "  c: {prober: http, timeout: 5}\n"
                    "  d: {prober: http, timeout: 11m}\n"
                    "  e: {prober: http, lantern: 1}\n"
                    "  f: {prober: http, dns: {query_nam: x}}\n"
                    "  g: {prober: http, tcp: word}\n"
                    "  h: word\n") ==
        Texts{"v.yml:2: modules.a.prober: prober '' is not valid: a module says how it probes, like `prober: http`",
              "v.yml:4: modules.c.timeout: \"5\" is not a duration: its unit is missing (ms, s, m, h, d or w)",
              "v.yml:5: modules.d.timeout: 11m is longer than 10m, the most a probe may take",
              "v.yml:6: modules.e.lantern: unknown key: field lantern not found",
              "v.yml:7: modules.f.dns.query_nam: unknown key: field query_nam not found (did you mean \"query_name\"?)",
              "v.yml:8: modules.g.tcp: must be a map, found a single value",
              "v.yml:9: modules.h: must be a map, found a single value"});
}

TEST_CASE("a dollar means itself in blackbox_exporter's own files") {
  const std::string modules =
      "modules: {web: {prober: http, http: {body: 'a$$b ${VEDETTE_NOT_SET} ${A:-b}', method: '${POST}'}}}\n";
  const auto web_of = [](const Loaded& loaded) { return loaded.config.modules.at("web").options; };
  const Loaded own = load_config_text("blackbox.yml", modules);
  CHECK(web_of(own).at("body").text() == "a$$b ${VEDETTE_NOT_SET} ${A:-b}");
  CHECK(web_of(own).at("method").text() == "${POST}");
  CHECK(problems_of(own) == Texts{});
  CHECK(own.documents.front().shown().find("a$$b ${VEDETTE_NOT_SET} ${A:-b}") != std::string::npos);

  Folder folder;
  folder.file("blackbox.yml", modules);
  ::setenv("VEDETTE_TEST_FILE", "blackbox.yml", 1);
  const Loaded named =
      load_config(folder.file("vedette.yml", "modules_from: ['${VEDETTE_TEST_FILE}']\nflights: ${F:-7}\n"));
  ::unsetenv("VEDETTE_TEST_FILE");
  CHECK(web_of(named).at("body").text() == "a$$b ${VEDETTE_NOT_SET} ${A:-b}");
  CHECK(named.config.flights == 7);
  CHECK(problems_of(named) == Texts{});

  const Loaded ours = load_config_text("vedette.yml",
                                       "modules: {web: {prober: http, http: {body: 'a$$b ${A:-c}'}}}\n"
                                       "targets: []\n");
  CHECK(web_of(ours).at("body").text() == "a$b c");
}

TEST_CASE("a value that refers to nothing is quoted as it is") {
  const Loaded loaded = load_config_text("blackbox.yml", "modules: {web: {prober: http, timeout: '${T}'}}\n");
  CHECK(problems_of(loaded) ==
        Texts{"blackbox.yml:1: modules.web.timeout: \"${T}\" is not a duration: write it like 30s or 1m30s"});
}

TEST_CASE("keys of later versions are unknown, with all other errors at once") {
  CHECK(problems_of("flights: 0\ntarget: []\ndiscover: x\ndefaults: {interval: 1ms}\n") ==
        Texts{"v.yml:1: flights: must be between 1 and 100000",
              "v.yml:2: target: unknown key: field target not found (did you mean \"targets\"?)",
              "v.yml:3: discover: unknown key: field discover not found",
              "v.yml:4: defaults.interval: must be between 100ms and 7d"});
}

TEST_CASE("the file must be a map") {
  CHECK(problems_of("[a]\n") == Texts{"v.yml:1: must be a map, found a list"});
  CHECK(problems_of("") == Texts{"v.yml:1: EOF: the file is empty"});
  CHECK(load_config_text("v.yml", "").config.modules.count("http_2xx") == 1);
}

TEST_CASE("modules come from other files too, found beside the one that names them") {
  const Folder folder;
  folder.file("more/blackbox.yml", "modules: {web: {prober: http, timeout: 2s}}\n");
  const std::string file =
      folder.file("v.yml", "modules_from: [more/blackbox.yml]\ntargets: [{name: a, url: a, module: web}]\n");
  const Loaded loaded = load_config(file);
  CHECK(problems_of(loaded) == Texts{});
  CHECK(loaded.config.targets[0].timeout == 2s);
  CHECK(loaded.config.files == Texts{file, folder.path("more/blackbox.yml")});
}

TEST_CASE("a module defined in two files is a problem that names both places") {
  const Folder folder;
  const std::string more = folder.file("b.yml", "modules:\n  # once more\n  web:\n    prober: http\ntargets: []\n");
  const std::string file = folder.file("v.yml", "modules:\n  web:\n    prober: http\nmodules_from: [b.yml]\n");
  CHECK(problems_of(load_config(file)) ==
        Texts{more + ":3: modules.web: module \"web\" is already defined at " + file + ":2",
              more + ":5: targets: unknown key: field targets not found"});
}

TEST_CASE("files that cannot be read say so, and targets are not blamed for the modules in them") {
  const Folder folder;
  const std::string absent = folder.path("absent.yml");
  CHECK(problems_of(load_config(absent)) == Texts{absent + ": cannot be read: No such file or directory"});
  CHECK(problems_of(load_config(folder.path("."))) == Texts{folder.path(".") + ": cannot be read: it is a directory"});
  const std::string broken = folder.file("broken.yml", "modules: [");
  const std::string file =
      folder.file("v.yml", "modules_from: [absent.yml, broken.yml, '']\ntargets: [{name: a, url: a, module: web}]\n");
  const Texts problems = problems_of(load_config(file));
  REQUIRE(problems.size() == 3);
  CHECK(problems[0] == file + ":1: modules_from[0]: \"" + absent + "\" cannot be read: No such file or directory");
  CHECK(problems[1] == file + ":1: modules_from[2]: must name a file");
  CHECK(problems[2].starts_with(broken + ":1: not valid YAML: "));
}

TEST_CASE("the checksum follows every file, and can be had without loading them") {
  const Folder folder;
  const std::string file = folder.file("v.yml", "modules_from: [b.yml]\n");
  folder.file("b.yml", "modules: {}\n");
  const std::uint64_t first = load_config(file).config.checksum;
  CHECK(config_checksum(file) == first);
  CHECK(load_config(file).config.checksum == first);
  folder.file("b.yml", "modules: {a: {prober: http}}\n");
  const std::uint64_t second = config_checksum(file);
  CHECK(second != first);
  CHECK(load_config(file).config.checksum == second);
  std::filesystem::remove(folder.path("b.yml"));
  CHECK(config_checksum(file) != second);
  CHECK(load_config(file).config.checksum == config_checksum(file));
  std::filesystem::remove(file);
  CHECK(load_config(file).config.checksum == config_checksum(file));
}

TEST_CASE("all files are shown as one stream, without what a prober calls a secret") {
  const Folder folder;
  const std::string more = folder.file("b.yml", "modules: {web: {prober: http, http: {body: hunter2}}}\n");
  const std::string file = folder.file("v.yml", "modules_from: [b.yml] # here\n");
  const Loaded loaded = load_config(file);
  loaded.config.modules.at("web").options.at("body").secret();
  CHECK(shown_config(loaded) == "---\n# " + file + "\nmodules_from:\n  - b.yml\n---\n# " + more +
                                    "\nmodules:\n  web:\n    prober: http\n    http:\n      body: <secret>\n");
  CHECK(shown_config(load_config_text("v.yml", "flights: 5\n")) == "flights: 5\n");
}

TEST_CASE("ten thousand targets share their buckets and load") {
  std::string text = "targets:\n";
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    text += "  - {name: t" + number + ", url: 'http://h/" + number + "', buckets: [1, 2.5], labels: {team: web}}\n";
  }
  const Loaded loaded = load_config_text("v.yml", text);
  CHECK(problems_of(loaded) == Texts{});
  REQUIRE(loaded.config.targets.size() == 10'000);
  CHECK(loaded.config.targets.front().buckets == loaded.config.targets.back().buckets);
}

TEST_CASE("the shipped example is valid to its last line, also with its comments taken off") {
  const std::string file = std::string(VEDETTE_SOURCE_DIR) + "/config/vedette.yml";
  const Loaded loaded = load_config(file);
  CHECK(problems_of(loaded) == Texts{});
  CHECK(loaded.config.targets.size() >= 4);
  // Prose begins at the margin, or says nothing that could be YAML; what can be taken off is indented.
  std::ifstream stream(file);
  std::string text, line;
  while (std::getline(stream, line)) {
    const auto hash = line.find_first_not_of(' ');
    const bool off =
        hash != std::string::npos && hash > 0 && line[hash] == '#' && is_commented_yaml(line.substr(hash + 2));
    text += (off ? line.substr(0, hash) + line.substr(hash + 2) : line) + "\n";
  }
  const Loaded whole = load_config_text("v.yml", text);
  CHECK(problems_of(whole) == Texts{});
  CHECK(whole.config.targets.size() > loaded.config.targets.size());
}

}  // namespace
}  // namespace vedette
