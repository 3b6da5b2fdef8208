#pragma once
// What is asked of the alarms' past, in the words that the command line and the web share.

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/alarm_log.h"

namespace vedette {

/// One word and its value: target, alarm, agent, label, state, since, until or limit. The error begins with what must
/// be so; it does not name the word.
Result<void> read_alarm_word(std::string_view word, const std::string& value, WallTime at, TransitionQuery& query);

}  // namespace vedette
