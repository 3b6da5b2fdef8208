#pragma once
// The alarms' past for people and for spreadsheets.

#include <string>
#include <vector>

#include "model/alarm_log.h"

namespace vedette {

/// RFC 4180 with a head line; labels as one cell `a="b",c="d"`.
std::string alarms_csv(const std::vector<StoredTransition>& rows);
/// Columns under one another, for a terminal: nothing in it moves the cursor or changes a colour. The agents are told
/// when there are several.
std::string alarms_table(const std::vector<StoredTransition>& rows);

}  // namespace vedette
