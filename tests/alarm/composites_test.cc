// `composite_alarms:`: names that exist, no circles, and an order to evaluate them in.

#include "alarm_files.h"

namespace vedette::test {
namespace {

const std::string kTargets =
    "targets:\n"
    "  - {name: shop, url: a, alarm: {unavailable: {}, slow: {above: 1s}}}\n"
    "  - {name: the/desk, url: a, alarm: {unavailable: {}}}\n"
    "composite_alarms:\n";

Texts problems(const std::string& composites) { return AlarmFile(kTargets + composites).problems; }

Texts order(const std::string& composites) {
  const AlarmFile file(kTargets + composites);
  CHECK(file.problems == Texts{});
  Texts names;
  for (const CompositeSpec& spec : file.composites) names.push_back(spec.name);
  return names;
}

TEST_CASE("A composite alarm has a rule, labels and words for people") {
  const AlarmFile file(
      kTargets +
      "  shop_broken: {rule: ALARM(\"shop/unavailable\") AND NOT ALARM(the/desk/unavailable), severity: "
      "critical, labels: {team: web}, summary: Broken, notify: off}\n");
  CHECK(file.problems == Texts{});
  REQUIRE(file.composites.size() == 1);
  const CompositeSpec& spec = file.composites[0];
  CHECK(spec.name == "shop_broken");
  CHECK(spec.labels == Labels{{"team", "web"}});
  CHECK(spec.text.severity == "critical");
  CHECK(spec.text.summary == "Broken");
  CHECK_FALSE(spec.text.notify);
  CHECK(spec.rule.names() == Texts{"shop/unavailable", "the/desk/unavailable"});
  CHECK(spec.rule.holds({{"shop/unavailable", AlarmState::alarm}}));
}

TEST_CASE("Each composite alarm follows those it names, whatever they are called") {
  CHECK(order("  a: {rule: ALARM(b) OR ALARM(c)}\n"
              "  b: {rule: OK(d)}\n"
              "  c: {rule: ALARM(d) AND ALARM(b)}\n"
              "  d: {rule: ALARM(shop/slow)}\n"
              "  e: {rule: 'TRUE'}\n") == Texts{"d", "b", "c", "a", "e"});
}

TEST_CASE("A name that nobody has is a problem that says which was meant") {
  const std::string end = "; alarms of targets are named \"target/alarm\"";
  CHECK(problems("  a: {rule: ALARM(shop/slwo)}\n") ==
        Texts{"v.yml:5: composite_alarms.a.rule: there is no alarm \"shop/slwo\" (did you mean \"shop/slow\"?)" + end});
  CHECK(problems("  a: {rule: ALARM(shp/slow)}\n") ==
        Texts{"v.yml:5: composite_alarms.a.rule: there is no alarm \"shp/slow\" (did you mean \"shop/slow\"?)" + end});
  CHECK(problems("  a: {rule: ALARM(shop)}\n") ==
        Texts{"v.yml:5: composite_alarms.a.rule: there is no alarm \"shop\" (did you mean \"shop/slow\"?)" + end});
  CHECK(problems("  night: {rule: ALARM(nigh) OR ALARM(x) OR OK(nihgt)}\n") ==
        Texts{"v.yml:5: composite_alarms.night.rule: there is no alarm \"nigh\" (did you mean \"night\"?), \"x\", "
              "\"nihgt\" (did you mean \"night\"?)" +
              end});
  CHECK(
      problems("  a: {rule: 'ALARM(p) OR ALARM(q) OR ALARM(r) OR ALARM(s) OR ALARM(t) OR ALARM(u) OR ALARM(v)'}\n") ==
      Texts{"v.yml:5: composite_alarms.a.rule: there is no alarm \"p\", \"q\", \"r\", \"s\", \"t\" and 2 more" + end});
}

TEST_CASE("A target whose alarms are wrong is not blamed on the rules that name them") {
  const AlarmFile file(
      "targets: [{name: shop, url: a, alarm: wbe}]\n"
      "composite_alarms: {a: {rule: ALARM(shop/slow)}, b: {rule: ALARM(c)}}\n");
  REQUIRE(file.problems.size() == 2);
  CHECK(file.problems[0].find("no alarm set") != std::string::npos);
  CHECK(file.problems[1].find("there is no alarm \"c\"") != std::string::npos);
}

TEST_CASE("A rule that leads in a circle is a problem that names the circle") {
  CHECK(problems("  a: {rule: ALARM(a)}\n") == Texts{"v.yml:5: composite_alarms.a.rule: leads in a circle: a -> a"});
  CHECK(problems("  in: {rule: ALARM(z)}\n"
                 "  x: {rule: ALARM(y)}\n"
                 "  y: {rule: ALARM(z) AND ALARM(shop/slow)}\n"
                 "  z: {rule: NOT ALARM(x)}\n") ==
        Texts{"v.yml:8: composite_alarms.z.rule: leads in a circle: z -> x -> y -> z"});
}

TEST_CASE("A rule that is broken, missing or too long is a problem") {
  CHECK(
      problems("  a: {rule: ALARM(}\n  b: {}\n  c:\n  d: [x]\n  e/f: {rule: 'TRUE'}\n  g: {rule: 'TRUE', rle: 1}\n") ==
      Texts{"v.yml:5: composite_alarms.a.rule: rule, at 7: expected the name of an alarm, but the rule ends",
            "v.yml:6: composite_alarms.b.rule: must say when it is in alarm, as in ALARM(\"target/alarm\") AND NOT "
            "ALARM(other)",
            "v.yml:7: composite_alarms.c: must be a map with a rule, found nothing",
            "v.yml:8: composite_alarms.d: must be a map, found a list",
            "v.yml:9: composite_alarms.e/f: the name of an alarm must not have a / in it",
            "v.yml:10: composite_alarms.g.rle: unknown key: field rle not found (did you mean \"rule\"?)"});
  CHECK(problems("  a: {rule: 'TRUE', labels: {severity: critical}}\n") ==
        Texts{"v.yml:5: composite_alarms.a.labels.severity: has a key of its own: write severity beside labels"});
  std::string names;
  for (int i = 0; i < 101; ++i) names += (i ? ", x" : "x") + std::to_string(i);
  const Texts many = problems("  a: {rule: 'AT_LEAST(1, ALARM, (" + names + "))'}\n");
  CHECK(many == Texts{"v.yml:5: composite_alarms.a.rule: speaks of 101 alarms, 100 are allowed"});
}

TEST_CASE("Composite alarms stand on each other up to a height, in whichever direction they are named") {
  for (const bool upward : {true, false}) {
    const auto tower = [&](int height) {
      std::string text;
      for (int i = 0; i < height; ++i) {
        const auto name = [&](int k) { return "c" + std::to_string(10000 + (upward ? k : height - k)); };
        text += "  " + name(i) + ": {rule: " + (i == 0 ? "ALARM(shop/slow)" : "ALARM(" + name(i - 1) + ")") + "}\n";
      }
      return text;
    };
    CHECK(order(tower(64)).size() == 64);
    const Texts higher = problems(tower(65));
    REQUIRE(higher.size() == 1);
    CHECK(higher[0].find("more than 64 composite alarms stand on each other") != std::string::npos);
    CHECK_FALSE(problems(tower(5000)).empty());
  }
}

}  // namespace
}  // namespace vedette::test
