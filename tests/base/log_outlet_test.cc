// The way out of log lines: files, pipes and sockets, read and unread.

#include "base/log_outlet.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <thread>
#include <utility>

#include "support/catch.h"
#include "support/soon.h"

using namespace vedette;
using vedette::test::soon;

namespace {

std::string lost_line(std::uint64_t lost) { return "lost " + std::to_string(lost) + "\n"; }

/// Two ends; the outlet has the second.
struct Pair {
  int ours = -1, theirs = -1;
  static Pair pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    return Pair(ends[0], ends[1]);
  }
  static Pair socket() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return Pair(ends[0], ends[1]);
  }
  Pair(int one, int other) : ours(one), theirs(other) { ::fcntl(ours, F_SETFL, O_NONBLOCK); }
  Pair(Pair&& other) noexcept : ours(std::exchange(other.ours, -1)), theirs(std::exchange(other.theirs, -1)) {}
  ~Pair() {
    ::close(ours);
    ::close(theirs);
  }
  std::string read() const {
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = ::read(ours, part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(size));
    }
    return all;
  }
};

std::string numbered(int n) { return std::to_string(n) + std::string(90, '.') + "\n"; }

}  // namespace

TEST_CASE("A line has left before write returns") {
  for (const auto make : {Pair::pipe, Pair::socket}) {
    const Pair pair = make();
    LogOutlet outlet(pair.theirs, lost_line);
    outlet.write("one\n");
    CHECK(pair.read() == "one\n");
    outlet.write("two\n");
    CHECK(pair.read() == "two\n");
    CHECK((::fcntl(pair.theirs, F_GETFL) & O_NONBLOCK) == 0);  // others share it
  }
}

TEST_CASE("A reader who comes late finds every line, whole and in order") {
  for (const auto make : {Pair::pipe, Pair::socket}) {
    const Pair pair = make();
    LogOutlet outlet(pair.theirs, lost_line);
    std::string all, seen;
    for (int i = 0; i < 5000; ++i) {
      outlet.write(numbered(i));
      all += numbered(i);
    }
    CHECK(soon([&] {
      seen += pair.read();
      return seen.size() >= all.size();
    }));
    CHECK((seen == all));
    CHECK(outlet.dropped() == 0);
  }
}

TEST_CASE("What nobody reads is lost beyond a bound, counted and told of; nobody waits for it") {
  for (const auto make : {Pair::pipe, Pair::socket}) {
    const Pair pair = make();
    LogOutlet outlet(pair.theirs, lost_line);
    constexpr int kLines = 40'000;  // almost 4 MB
    const Time begin = now();
    for (int i = 0; i < kLines; ++i) outlet.write(numbered(i));
    CHECK(now() - begin < seconds(20));
    const auto lost = outlet.dropped();
    CHECK(lost > 0);
    std::string seen;
    CHECK(soon([&] {
      seen += pair.read();
      return seen.ends_with(lost_line(lost));
    }));
    CHECK(std::count(seen.begin(), seen.end(), '\n') == kLines - static_cast<int>(lost) + 1);
    outlet.write("after\n");
    CHECK(pair.read() == "after\n");
  }
}

TEST_CASE("At its end the outlet gives a reader a moment, and no more") {
  const Pair pair = Pair::pipe();
  auto outlet = std::make_unique<LogOutlet>(pair.theirs, lost_line);
  for (int i = 0; i < 5000; ++i) outlet->write(numbered(i));
  const Time begin = now();
  outlet.reset();
  CHECK(now() - begin < seconds(10));
  outlet = std::make_unique<LogOutlet>(pair.theirs, lost_line);
  pair.read();
  std::string all, seen;
  for (int i = 0; i < 5000; ++i) {
    outlet->write(numbered(i));
    all += numbered(i);
  }
  std::jthread ending([&] { outlet.reset(); });
  CHECK(soon([&] {
    seen += pair.read();
    return seen.size() >= all.size();
  }));
  CHECK((seen == all));
}

TEST_CASE("A reader who has gone costs lines, not the agent") {
  Pair pair = Pair::pipe();
  std::signal(SIGPIPE, SIG_IGN);
  LogOutlet outlet(pair.theirs, lost_line);
  ::close(std::exchange(pair.ours, -1));
  outlet.write("one\n");
  CHECK(outlet.dropped() == 1);
}
