// Which number of a result an alarm is given.

#include "alarm/spec.h"
#include "alarm_files.h"

namespace vedette::test {
namespace {

using namespace std::chrono_literals;
using Sample = std::optional<double>;

constexpr std::size_t kPhase = 0, kStatus = 3, kCertificate = 5;  // in kLamp

ProbeResult up() {
  ProbeResult result;
  result.readings = Readings(kLamp);
  result.at = WallTime(1700000000s);
  result.elapsed = 250ms;
  return result;
}

ProbeResult down(Phase phase) {
  ProbeResult result = up();
  result.failure = Failure{phase, phase == Phase::agent ? Reason::out_of_resources : Reason::timeout, "it failed"};
  return result;
}

AlarmSpec spec_of(AlarmKind kind, std::size_t reading = 0) {
  AlarmSpec spec;
  spec.kind = kind;
  spec.reading = reading;
  return spec;
}

TEST_CASE("Availability is one for up and zero for down") {
  CHECK(sample_of(spec_of(AlarmKind::unavailable), up()) == Sample(1));
  CHECK(sample_of(spec_of(AlarmKind::unavailable), down(Phase::connect)) == Sample(0));
}

TEST_CASE("Only a result that is up says how slow the target is") {
  CHECK(sample_of(spec_of(AlarmKind::slow), up()) == Sample(0.25));
  CHECK(sample_of(spec_of(AlarmKind::slow), down(Phase::response)) == std::nullopt);
}

TEST_CASE("A certificate has the time left that it had when the run began") {
  const AlarmSpec spec = spec_of(AlarmKind::certificate_expiring, kCertificate);
  ProbeResult result = down(Phase::tls);
  CHECK(sample_of(spec, result) == std::nullopt);
  result.readings.set(kCertificate, 1700000000 + 3600);
  CHECK(sample_of(spec, result) == Sample(3600));
  result.readings.set(kCertificate, 1700000000 - 60);
  CHECK(sample_of(spec, result) == Sample(-60));
}

TEST_CASE("A status is of the classes or not, and without an answer it is neither") {
  AlarmSpec spec = spec_of(AlarmKind::status_class, kStatus);
  spec.classes = {4, 5};
  const std::vector<std::pair<double, Sample>> cases = {{200, 0}, {399, 0}, {400, 1}, {599, 1}, {600, 0}, {0, {}}};
  for (const auto& [status, sample] : cases) {
    INFO(status);
    ProbeResult result = down(Phase::check);
    result.readings.set(kStatus, status);
    CHECK(sample_of(spec, result) == sample);
  }
  CHECK(sample_of(spec, up()) == std::nullopt);
}

TEST_CASE("A reading is what it is, whether up or down, if it is there") {
  const AlarmSpec spec = spec_of(AlarmKind::reading, kPhase);
  ProbeResult result = down(Phase::tls);
  CHECK(sample_of(spec, result) == std::nullopt);
  result.readings.set(kPhase, 0.5);
  CHECK(sample_of(spec, result) == Sample(0.5));
  result.readings = Readings();
  CHECK(sample_of(spec, result) == std::nullopt);
}

TEST_CASE("A failure of the agent's own says nothing of the target") {
  ProbeResult result = down(Phase::agent);
  for (std::size_t i = 0; i < std::size(kLamp); ++i) result.readings.set(i, 500);
  for (AlarmKind kind : {AlarmKind::unavailable, AlarmKind::slow, AlarmKind::certificate_expiring,
                         AlarmKind::status_class, AlarmKind::reading}) {
    CHECK(sample_of(spec_of(kind, kStatus), result) == std::nullopt);
  }
}

}  // namespace
}  // namespace vedette::test
