#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/folder.h"

namespace vedette {
namespace {

constexpr std::size_t kMost = 1 << 20;

std::string why(const std::string& path) {
  auto content = read_file(path, kMost);
  return content ? "it was read" : content.error().message;
}

TEST_CASE("a file is read whole, up to the size that is allowed") {
  const Folder folder;
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, kMost}) {
    std::string content(size, 'x');
    auto read = read_file(folder.file("some", content), kMost);
    REQUIRE(read);
    CHECK((*read == content));
  }
  CHECK(why(folder.file("large", std::string(kMost + 1, 'x'))) == "it is larger than 1 MiB");
}

TEST_CASE("a file whose size is only known once it is read is bounded, too") {
  auto read = read_file("/proc/self/status", kMost);
  REQUIRE(read);
  CHECK(read->find("VmRSS") != std::string::npos);
  CHECK_FALSE(read_file("/proc/self/status", 10));
}

TEST_CASE("pipes, devices, folders and what is not there are refused at once") {
  const Folder folder;
  const std::string pipe = folder.path("pipe"), loop = folder.path("loop");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  REQUIRE(::symlink("loop", loop.c_str()) == 0);
  CHECK(why(pipe) == "it is not a regular file");
  CHECK(why("/dev/zero") == "it is not a regular file");
  CHECK(why(folder.path()) == "it is not a regular file");
  CHECK(why(folder.path("absent")) == "No such file or directory");
  CHECK(why(loop) == "Too many levels of symbolic links");
}

}  // namespace
}  // namespace vedette
