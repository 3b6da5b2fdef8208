#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace vedette {
namespace {

Error last_error() { return Error{std::generic_category().message(errno)}; }

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::string size_text(std::size_t bytes) {
  return bytes % (1 << 20) == 0 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes) + " bytes";
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.fd < 0) return last_error();
  struct stat facts{};
  if (::fstat(file.fd, &facts) != 0) return last_error();
  if (!S_ISREG(facts.st_mode)) return Error{"it is not a regular file"};
  const Error too_large{"it is larger than " + size_text(most)};
  if (static_cast<unsigned long long>(facts.st_size) > most) return too_large;
  // The size may be no more than a promise: /proc says 0, and a file may grow while it is read.
  std::string content;
  std::size_t size = 0;
  for (;;) {
    if (content.size() - size < 4096) content.resize(std::max<std::size_t>(size + 4097, facts.st_size + 1));
    const ssize_t got = ::read(file.fd, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > most) return too_large;
  }
  content.resize(size);
  return content;
}

}  // namespace vedette
