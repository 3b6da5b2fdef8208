#include "base/secret.h"

#include "base/file.h"
#include "base/text.h"

namespace vedette {

constexpr std::size_t kMostBytes = 1 << 20;

Result<std::string> Secret::reveal() const {
  if (file_.empty()) return value_;
  Result<std::string> content = read_file(file_, kMostBytes);
  if (!content) return Error{"cannot read the secret in " + in_quotes(file_) + ": " + content.error().message};
  return std::string(trim(*content));
}

}  // namespace vedette
