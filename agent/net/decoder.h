#pragma once
// Undoes a response's compression, piece by piece (zlib, brotli), so that a bomb is noticed before it goes off.

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

  /// Passes what comes out to `out`, which returns false to stop. A gzip body may have
  /// several members; what follows the end of another kind is ignored.
  State feed(std::string_view piece, const std::function<bool(std::string_view)>& out);
  State state() const;

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace vedette
