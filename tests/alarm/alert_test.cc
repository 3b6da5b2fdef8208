// The labels here and those of the rule VedetteAlarm must stay the same: tests/peers/notifier_test.py posts
// tests/golden/alerts.json to a real Alertmanager beside a real Prometheus.

#include "alarm/alert.h"

#include "page/alerts_json.h"
#include "page/golden.h"
#include "support/catch.h"

using namespace vedette;

namespace {

const WallTime kAt{seconds(1'795'168'800)};  // 2026-11-20T10:00:00Z

Transition went_off() {
  Transition transition;
  transition.target = "shop";
  transition.alarm = "slow";
  transition.labels = {
      {"severity", "critical"}, {"module", "http_2xx"}, {"region", "eu \"west\" \u00fc"}, {"team", "web"}};
  transition.at = kAt;
  transition.before = AlarmState::ok;
  transition.after = AlarmState::alarm;
  transition.value = 0.30000000000000004;
  transition.threshold = 0.28;
  transition.reason = "2 of the last 3 datapoints were above 0.28.";
  return transition;
}

AlarmText critical() {
  AlarmText text;
  text.severity = "critical";
  return text;
}

const std::string* find(const Labels& labels, std::string_view name) {
  for (const auto& [known, value] : labels) {
    if (known == name) return &value;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("An alarm that goes off is an alert with the rule's labels and what is known of it") {
  Alert alert = alert_of(critical(), went_off(), "https://vedette.example.org/");
  CHECK(alert.labels == Labels{{"alertname", "VedetteAlarm"},
                               {"alarm", "slow"},
                               {"severity", "critical"},
                               {"target", "shop"},
                               {"module", "http_2xx"},
                               {"region", "eu \"west\" \u00fc"},
                               {"team", "web"}});
  CHECK(alert.annotations ==
        Labels{{"summary", "Alarm slow of shop."},
               {"description",
                "The alarm slow went off in eu \"west\" \u00fc. 2 of the last 3 datapoints were above 0.28."},
               {"value", "0.3"},
               {"threshold", "0.28"}});
  CHECK(alert.starts == kAt);
  CHECK(alert.ends == WallTime{});
}

TEST_CASE("An alarm that leaves the state has an end instead of a beginning, and the same labels") {
  Transition over = went_off();
  over.before = AlarmState::alarm;
  for (AlarmState after : {AlarmState::ok, AlarmState::insufficient_data}) {
    over.after = after;
    Alert alert = alert_of(critical(), over, "");
    CHECK(alert.starts == WallTime{});
    CHECK(alert.ends == kAt);
    CHECK(alert.labels == alert_of(critical(), went_off(), "").labels);
    CHECK(find(alert.annotations, "description")->starts_with("The alarm slow is over in eu"));
  }
}

TEST_CASE("Labels of the user never replace the alert's own, and those that the rule drops are left out") {
  Transition transition = went_off();
  transition.labels = {
      {"alertname", "mine"}, {"alarm", "mine"}, {"severity", "mine"}, {"target", "mine"}, {"empty", ""}};
  for (const char* name : {"container", "endpoint", "instance", "job", "namespace", "pod", "service"}) {
    transition.labels.emplace_back(name, "x");
  }
  transition.labels.emplace_back("node", "n1");
  CHECK(alert_of(critical(), transition, "").labels == Labels{{"alertname", "VedetteAlarm"},
                                                              {"alarm", "slow"},
                                                              {"severity", "critical"},
                                                              {"target", "shop"},
                                                              {"node", "n1"}});
}

TEST_CASE("A composite alarm has no target, and a severity that is missing is a warning") {
  Transition transition;
  transition.alarm = "both-shops";
  transition.at = kAt;
  transition.after = AlarmState::alarm;
  AlarmText text;
  text.severity = "";
  Alert alert = alert_of(text, transition, "");
  CHECK(alert.labels == Labels{{"alertname", "VedetteAlarm"}, {"alarm", "both-shops"}, {"severity", "warning"}});
  CHECK(*find(alert.annotations, "summary") == "Alarm both-shops.");
  CHECK(*find(alert.annotations, "description") == "The alarm both-shops went off.");
  CHECK_FALSE(find(alert.annotations, "value"));
  CHECK_FALSE(find(alert.annotations, "threshold"));
}

TEST_CASE("What the configuration says replaces our words, and the reason follows") {
  AlarmText text = critical();
  text.summary = "The shop is slow.";
  text.description = "People leave.";
  text.runbook = "https://wiki.example.org/slow";
  Alert alert = alert_of(text, went_off(), "");
  CHECK(*find(alert.annotations, "summary") == "The shop is slow.");
  CHECK(*find(alert.annotations, "description") == "People leave. 2 of the last 3 datapoints were above 0.28.");
  CHECK(*find(alert.annotations, "runbook_url") == "https://wiki.example.org/slow");
}

TEST_CASE("The text that Alertmanager gets is the golden one") {
  Alert on = alert_of(critical(), went_off(), "https://vedette.example.org/");
  on.ends = kAt + seconds(240);
  Transition composite;
  composite.alarm = "both-shops";
  composite.at = kAt + milliseconds(1500);
  composite.reason = "broken \xff bytes";
  Alert over = alert_of({}, composite, "");
  over.starts = kAt;
  CHECK(alerts_json({on, over}) + "\n" == golden("alerts.json"));
  CHECK(alerts_json({}) == "[]");
}
