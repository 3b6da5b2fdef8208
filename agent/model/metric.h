#pragma once
// How a prober says what it can measure: a fixed table of series, declared beside the code that measures.
// A run fills in numbers by index; names, help and label text exist once in the program.

#include <array>
#include <bitset>
#include <cassert>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace vedette {

/// A gauge family. Objects live in static tables and are compared by address.
struct Metric {
  std::string_view name;
  std::string_view help;
};

/// One series of a family within a target: `labels` is its fixed label text (`phase="connect"`), often empty.
struct Series {
  const Metric* metric;
  std::string_view labels;
};

/// All numbers a prober may report, in the order of its own enum.
using Schema = std::span<const Series>;

/// A series whose labels are only known at run time (a certificate's subject). Value 1 unless said otherwise.
struct Info {
  const Metric* metric;
  std::string labels;
  double value = 1;
};

/// The numbers of one run. Index = position in the schema; what was never set is not reported.
class Readings {
 public:
  static constexpr std::size_t kMost = 40;

  Readings() = default;
  explicit Readings(Schema schema) : schema_(schema) { assert(schema.size() <= kMost); }

  Schema schema() const { return schema_; }
  void set(std::size_t index, double value) {
    values_[index] = value;
    present_.set(index);
  }
  void add(std::size_t index, double value) { set(index, has(index) ? values_[index] + value : value); }
  bool has(std::size_t index) const { return present_.test(index); }
  double get(std::size_t index) const { return values_[index]; }
  std::span<const double> values() const { return {values_.data(), schema_.size()}; }
  std::bitset<kMost> present() const { return present_; }

 private:
  Schema schema_;
  std::array<double, kMost> values_;
  std::bitset<kMost> present_;
};

}  // namespace vedette
