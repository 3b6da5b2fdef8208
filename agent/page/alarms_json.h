#pragma once
// The alarms' past for scripts.

#include <string>
#include <string_view>

#include "model/alarm_log.h"

namespace vedette {

/// {"status":"success","data":{"transitions":[…],"next":"…"}}, as Prometheus' API wraps its answers. A number that JSON
/// does not know is a string: "+Inf".
std::string alarms_json(const TransitionPage& page);
/// {"status":"error","errorType":"bad_data","error":"…"}
std::string alarms_error_json(std::string_view type, std::string_view message);

}  // namespace vedette
