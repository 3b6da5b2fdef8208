#pragma once
// Undoes a response's compression, piece by piece (zlib, brotli), so that a bomb is noticed before it goes off.

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace vedette {

enum class Compression { none, gzip, deflate, brotli };  // deflate is the raw form, without zlib's header

class Decoder {
 public:
  enum class State { more, ended, broken, stopped };

  explicit Decoder(Compression compression);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  using Out = std::function<bool(std::string_view)>;
  /// What one call unpacks at most, more or less: a few hundred bytes may hold a gigabyte.
  static constexpr std::size_t kMostAtOnce = 256 << 10;

  /// Passes what comes out to `out`, which returns false to stop. A gzip body may have several members; what follows
  /// the end of another kind is ignored. What would be too much for one call is left to go_on().
  State feed(std::string_view piece, const Out& out);
  /// There is more to come out of what was fed.
  bool waits() const;
  State go_on(const Out& out);
  State state() const;

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace vedette
