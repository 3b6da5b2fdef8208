#include <algorithm>

#include "alarm/spec.h"

namespace vedette {

std::optional<double> sample_of(const AlarmSpec& spec, const ProbeResult& result) {
  if (result.failure && result.failure->phase == Phase::agent) return std::nullopt;
  const auto reading = [&]() -> std::optional<double> {
    if (spec.reading >= result.readings.schema().size() || !result.readings.has(spec.reading)) return std::nullopt;
    return result.readings.get(spec.reading);
  };
  switch (spec.kind) {
    case AlarmKind::unavailable: return result.up() ? 1 : 0;
    case AlarmKind::slow:
      if (!result.up()) return std::nullopt;
      return to_seconds(result.elapsed);
    case AlarmKind::certificate_expiring: {
      const auto expiry = reading();
      if (!expiry) return std::nullopt;
      return *expiry - to_seconds(result.at);
    }
    case AlarmKind::status_class: {
      const auto status = reading();
      if (!status || *status < 100) return std::nullopt;  // 0: there was no answer
      const int own = static_cast<int>(*status) / 100;
      return std::find(spec.classes.begin(), spec.classes.end(), own) != spec.classes.end() ? 1 : 0;
    }
    case AlarmKind::reading: return reading();
  }
  return std::nullopt;
}

}  // namespace vedette
