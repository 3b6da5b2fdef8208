#pragma once
// Inside of alarm: numbers and texts as bytes, the same on all machines: eight bytes a number, the lowest first.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& to) : to_(to) {}
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) to_ += static_cast<char>(value >> (8 * i));
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void number(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(static_cast<std::uint64_t>(value.size()));
    to_ += value;
  }

 private:
  std::string& to_;
};

// After the end everything is zero, and `good` is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view from) : from_(from) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    good = good && from_.size() >= 8;
    if (!good) return 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(from_[static_cast<std::size_t>(i)]);
    from_.remove_prefix(8);
    return value;
  }
  std::int64_t integer() { return static_cast<std::int64_t>(number()); }
  double real() { return std::bit_cast<double>(number()); }
  std::string_view text() {
    std::uint64_t size = number();
    good = good && size <= from_.size();
    if (!good) return {};
    std::string_view value = from_.substr(0, size);
    from_.remove_prefix(size);
    return value;
  }
  /// How many things of `size` bytes or more follow; never more than there is room for.
  std::size_t count(std::size_t size) {
    std::uint64_t value = number();
    good = good && value <= from_.size() / size;
    return good ? value : 0;
  }
  bool at_end() const { return from_.empty(); }
  bool good = true;

 private:
  std::string_view from_;
};

}  // namespace vedette
