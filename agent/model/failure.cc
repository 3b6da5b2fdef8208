#include "model/failure.h"

#include <array>

namespace vedette {
namespace {

constexpr auto kReasons = std::to_array<ReasonText>({
#define VEDETTE_REASON(name, help) {#name, help},
    VEDETTE_REASONS(VEDETTE_REASON)
#undef VEDETTE_REASON
});

constexpr auto kPhases =
    std::to_array<std::string_view>({"agent", "resolve", "connect", "tls", "request", "response", "check"});
static_assert(kPhases.size() == static_cast<std::size_t>(Phase::check) + 1);

}  // namespace

std::string_view phase_name(Phase phase) { return kPhases[static_cast<std::size_t>(phase)]; }

std::string_view reason_name(Reason reason) { return kReasons[static_cast<std::size_t>(reason)].name; }

std::span<const ReasonText> all_reasons() { return kReasons; }

}  // namespace vedette
