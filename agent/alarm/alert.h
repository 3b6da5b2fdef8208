#pragma once
// What Alertmanager is told of a transition, in the labels of the rule VedetteAlarm (alerts/rules/alarms.yml): told by
// Prometheus or by us, it is one alert.

#include <string>

#include "alarm/spec.h"
#include "model/alarm.h"
#include "model/alert.h"

namespace vedette {

/// On when the transition leads to `alarm`, else over since then. Labels: alertname, alarm, severity, target (unless it
/// is empty), then the transition's own, but for those that the rule drops. `link` is an absolute URL or empty.
Alert alert_of(const AlarmText& text, const Transition& transition, const std::string& link);

}  // namespace vedette
