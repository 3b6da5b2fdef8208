// Runs that end before anything is asked: what lies in files is not what it should be.

#include "probe/http_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include "probe/options.h"
#include "support/catch.h"
#include "support/folder.h"

using namespace vedette;

namespace {

Task<void> probe(Loop* loop, Net* net, Prober* prober, ProbeResult* result) {
  *result = co_await prober->run(*net, nullptr);
  loop->stop();
}

ProbeResult run(const std::string& yaml) {
  ReadOptions read = read_options(yaml);
  INFO(read.problems());
  REQUIRE(read.problems().empty());
  auto recipe = std::make_shared<const HttpRecipe>(read.options);
  Target target;
  target.address = "http://127.0.0.1:9/";
  auto prober = recipe->prober(target);
  REQUIRE(prober);
  Loop loop;
  Net net(loop);
  ProbeResult result;
  loop.spawn(probe(&loop, &net, prober->get(), &result));
  loop.run();
  return result;
}

void check_unreadable(const std::string& yaml, const std::string& words) {
  INFO(yaml);
  ProbeResult result = run(yaml);
  REQUIRE(result.failure);
  CHECK(result.failure->phase == Phase::agent);
  CHECK(result.failure->reason == Reason::secret_unreadable);
  CHECK(result.failure->sentence.find(words) != std::string::npos);
  CHECK(result.failure->sentence.find("hunter2") == std::string::npos);
}

}  // namespace

TEST_CASE("A credential from a file that would end its line is refused") {
  const Folder folder;
  const std::string file = folder.file("token", "hunter2\r\nX-Mine: 1\n");
  check_unreadable("{authorization: {credentials_file: " + file + "}}", "header Authorization would hold");
  check_unreadable("{bearer_token_file: " + file + "}", "header Authorization would hold");
  check_unreadable("{http_headers: {X-Token: {files: [" + file + "]}}}", "header X-Token would hold");
  check_unreadable("{http_headers: {X-Plain: {files: [" + file + "]}}}", "header X-Plain would hold");
}

TEST_CASE("A body_file that is a pipe, a folder, missing or huge fails at once and is named") {
  const Folder folder;
  const std::string pipe = folder.path("pipe"), huge = folder.file("huge", "");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  REQUIRE(::truncate(huge.c_str(), (64LL << 20) + 1) == 0);
  check_unreadable("{body_file: " + pipe + "}", pipe + "\": it is not a regular file");
  check_unreadable("{body_file: " + folder.path() + "}", folder.path() + "\": it is not a regular file");
  check_unreadable("{body_file: " + huge + "}", huge + "\": it is larger than 64 MiB");
  check_unreadable("{body_file: " + folder.path("absent") + "}", "absent\": No such file");
}
