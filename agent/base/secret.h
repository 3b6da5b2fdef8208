#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace vedette {

/// A value that must never be shown: it has no operator<<, no formatter, and prints as <secret>.
/// It is either known (from the configuration or the environment) or lies in a file that is read at each use,
/// so that a rotated secret works at once.
class Secret {
 public:
  Secret() = default;
  static Secret value(std::string text) { return Secret(std::move(text), {}); }
  static Secret in_file(std::string path) { return Secret({}, std::move(path)); }

  bool empty() const { return value_.empty() && file_.empty(); }
  const std::string& file() const { return file_; }
  /// The secret itself; of a file, its content without the white space around it.
  Result<std::string> reveal() const;

 private:
  Secret(std::string value, std::string file) : value_(std::move(value)), file_(std::move(file)) {}
  std::string value_, file_;
};

}  // namespace vedette
