#include "base/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

Error unreadable(const std::string& path, const std::string& why) {
  return Error{"cannot read the secret in " + in_quotes(path) + ": " + why};
}

std::string last_error() { return std::generic_category().message(errno); }

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// Pipes and devices are refused: they could keep the caller, who is the event loop, waiting.
Result<std::string> read_small_file(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return unreadable(path, last_error());
  struct stat facts{};
  if (::fstat(file.fd, &facts) != 0) return unreadable(path, last_error());
  if (!S_ISREG(facts.st_mode)) return unreadable(path, "it is not a regular file");
  std::string content;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t got = ::read(file.fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, last_error());
    if (got == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(got));
    if (content.size() > kMostBytes) return unreadable(path, "it is larger than 1 MiB");
  }
}

}  // namespace

Result<std::string> Secret::reveal() const {
  if (file_.empty()) return value_;
  Result<std::string> content = read_small_file(file_);
  if (!content) return content.error();
  return std::string(trim(*content));
}

}  // namespace vedette
