#include "base/secret.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/folder.h"

namespace vedette {
namespace {

TEST_CASE("a secret reveals its value as it is") {
  CHECK(*Secret::value(" s3cret\n").reveal() == " s3cret\n");
  CHECK(Secret().empty());
  CHECK(Secret::value("").empty());
  CHECK_FALSE(Secret::in_file("x").empty());
}

TEST_CASE("a secret in a file is read at each use, without the white space around it") {
  const Folder folder;
  const Secret secret = Secret::in_file(folder.path("token"));
  folder.file("token", "first\n");
  CHECK(*secret.reveal() == "first");
  folder.file("token", "\tsecond \r\n");
  CHECK(*secret.reveal() == "second");
}

TEST_CASE("a secret that cannot be read says which file and why") {
  const Folder folder;
  const auto why = [&](const std::string& name) {
    const auto revealed = Secret::in_file(folder.path(name)).reveal();
    return revealed ? "it was read" : revealed.error().message;
  };
  CHECK(why("absent") == "cannot read the secret in \"" + folder.path("absent") + "\": No such file or directory");
  CHECK(why(".").find("not a regular file") != std::string::npos);
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK(why("pipe").find("not a regular file") != std::string::npos);
  folder.file("huge", std::string((1 << 20) + 1, 'x'));
  CHECK(why("huge").find("larger than 1 MiB") != std::string::npos);
}

}  // namespace
}  // namespace vedette
