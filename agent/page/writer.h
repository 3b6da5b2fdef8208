#pragma once
// Lines of the text formats, gathered into pieces of 64 KiB. Nothing of a page is ever held as a whole.

#include <cstring>
#include <string>
#include <string_view>

#include "page/metrics.h"
#include "page/number.h"

namespace vedette {

class PageWriter {
 public:
  explicit PageWriter(const PageSink& sink) : sink_(sink), buffer_(kPiece, '\0') {}

  void add(std::string_view text) { at_ = append(room(text.size()), text); }

  /// `name{labels,more} value`; labels and more are ready label texts and may be empty.
  void line(std::string_view name, std::string_view labels, std::string_view more, double value) {
    char* at = append(room(name.size() + labels.size() + more.size() + kNumberRoom + 8), name);
    if (!labels.empty() || !more.empty()) {
      *at++ = '{';
      at = append(at, labels);
      if (!labels.empty() && !more.empty()) *at++ = ',';
      at = append(at, more);
      *at++ = '}';
    }
    *at++ = ' ';
    at = write_number(at, value);
    *at++ = '\n';
    at_ = at;
  }

  /// Passes on what is left; to be called last.
  void flush() {
    const std::size_t size = static_cast<std::size_t>(at_ - buffer_.data());
    if (size > 0 && !gone_) gone_ = !sink_(std::string_view(buffer_.data(), size));
    at_ = buffer_.data();
  }

  /// The reader has gone: nothing that follows matters.
  bool gone() const { return gone_; }

 private:
  static constexpr std::size_t kPiece = 64 * 1024;

  static char* append(char* at, std::string_view text) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());  // an empty text may have no address
    return at + text.size();
  }

  char* room(std::size_t size) {
    if (size > static_cast<std::size_t>(buffer_.data() + buffer_.size() - at_)) {
      flush();
      if (size > buffer_.size()) {
        buffer_.resize(size);
        at_ = buffer_.data();
      }
    }
    return at_;
  }

  const PageSink& sink_;
  std::string buffer_;
  char* at_ = buffer_.data();
  bool gone_ = false;
};

}  // namespace vedette
