#pragma once
// Numbers as the exposition formats want them: exact, shortest, without a locale.

#include <cstddef>
#include <string>

namespace vedette {

/// More than any number needs.
inline constexpr std::size_t kNumberRoom = 40;

/// Writes the shortest text that reads back as the same number and returns its end. `at` has kNumberRoom bytes.
/// Made for millions of numbers a second: whole numbers and numbers of nanoseconds take a short cut.
char* write_number(char* at, double value);

/// As Go's expfmt prints it, which blackbox_exporter's readers know: 200, 1.44541248e+09, 7.3408e-05, +Inf, NaN.
std::string go_float(double value);

/// As OpenMetrics wants a bucket's bound: like go_float, but whole numbers keep a ".0".
std::string bound_float(double value);

}  // namespace vedette
