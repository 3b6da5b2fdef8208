// Who may ask.

#include "serve/users.h"

#include <atomic>
#include <thread>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "support/catch.h"
#include "support/soon.h"

using namespace vedette;
using Verdict = Users::Verdict;

namespace {

// Of "secret", in the three spellings that are the same thing.
const std::string kRest = "04$k/vJdPGHmFgwnbdEhXu./Oa9m2.cu6iO6SLdu0iNf3lNCgQm5b0cK";

std::string basic(const std::string& login) { return "Basic " + base64_encode(login); }

}  // namespace

TEST_CASE("A bcrypt hash is known by its form") {
  CHECK(bcrypt_cost("$2b$" + kRest) == 4);
  CHECK(bcrypt_cost("$2y$10" + kRest.substr(2)) == 10);
  for (const std::string& wrong : {std::string{}, "$2b$" + kRest + "x", "$2x$" + kRest, "$1b$" + kRest,
                                   "$2b$03" + kRest.substr(2), "$2b$32" + kRest.substr(2), "$2b$4x" + kRest.substr(2),
                                   "$2b$" + kRest.substr(0, 55) + ":", std::string(60, '$')}) {
    INFO(wrong);
    CHECK_FALSE(bcrypt_cost(wrong));
  }
}

TEST_CASE("Only the right password of a known name is welcome, also when asked again") {
  const Users users({{"a", "$2a$" + kRest}, {"b", "$2b$" + kRest}, {"y", "$2y$" + kRest}});
  for (int i = 0; i < 3; ++i) {
    for (const char* name : {"a", "b", "y"}) {
      CHECK(users.judge(basic(std::string(name) + ":secret")) == Verdict::welcome);
      CHECK(users.judge(basic(std::string(name) + ":Secret")) == Verdict::stranger);
    }
    CHECK(users.judge(basic("nobody:secret")) == Verdict::stranger);
    CHECK(users.judge(basic(":secret")) == Verdict::stranger);
    CHECK(users.judge(basic("a:")) == Verdict::stranger);
    CHECK(users.judge(basic(std::string("a:secret\0more", 13))) == Verdict::stranger);
    CHECK(users.judge(basic(std::string("a:secret\0", 9))) == Verdict::stranger);
  }
}

TEST_CASE("What is no login is a stranger") {
  const Users users({{"a", "$2b$" + kRest}});
  for (const char* header : {"", "Basic", "Basic ", "Basic !!!", "Bearer YTpzZWNyZXQ=", "YTpzZWNyZXQ=", "Basic YQ=="}) {
    INFO(header);
    CHECK(users.judge(header) == Verdict::stranger);
  }
  CHECK(users.judge("basic " + base64_encode("a:secret")) == Verdict::welcome);
  CHECK(users.judge("BASIC   " + base64_encode("a:secret")) == Verdict::welcome);
}

TEST_CASE("Name and password cannot be shifted into each other") {
  const Users users({{"a", "$2b$" + kRest}, {"as", "$2b$" + kRest}});
  CHECK(users.judge(basic("a:secret")) == Verdict::welcome);
  CHECK(users.judge(basic("as:ecret")) == Verdict::stranger);
}

TEST_CASE("A login is remembered, and an unknown name costs as much as a known one") {
  const std::string slow = "$2b$09$k/vJdPGHmFgwnbdEhXu./Oa9m2.cu6iO6SLdu0iNf3lNCgQm5b0cK";  // 32 times the work
  const Users users({{"a", slow}});
  const auto cost = [&](const std::string& login) {
    const Time began = now();
    CHECK(users.judge(basic(login)) == Verdict::stranger);
    return now() - began;
  };
  // The least of several: other work on the machine only adds.
  Duration known = cost("a:0"), unknown = cost("b:0"), again = cost("a:0");
  for (const char* digit : {"1", "2", "3", "4", "5"}) {
    known = std::min(known, cost(std::string("a:") + digit));
    unknown = std::min(unknown, cost(std::string("b:") + digit));
    again = std::min(again, cost("a:0"));
  }
  CHECK(unknown > known / 2);
  CHECK(known > unknown / 2);
  CHECK(again < known / 5);
}

TEST_CASE("Many strangers at once do not queue up without end") {
  const std::string slow = "$2b$10$k/vJdPGHmFgwnbdEhXu./Oa9m2.cu6iO6SLdu0iNf3lNCgQm5b0cK";
  const Users users({{"a", slow}, {"b", "$2b$" + kRest}});
  CHECK(users.judge(basic("b:secret")) == Verdict::welcome);
  std::atomic<int> busy{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 24; ++i) {
    askers.emplace_back([&, i] { busy += users.judge(basic("a:" + std::to_string(i))) == Verdict::busy; });
  }
  CHECK(vedette::test::soon([&] { return busy > 0; }));
  CHECK(users.judge(basic("b:secret")) == Verdict::welcome);  // who is known does not wait
  for (std::thread& asker : askers) asker.join();
  CHECK(busy >= 8);
}

TEST_CASE("Once closed, who waits for a check is told so, and nobody new is checked") {
  const std::string slow = "$2b$13$k/vJdPGHmFgwnbdEhXu./Oa9m2.cu6iO6SLdu0iNf3lNCgQm5b0cK";
  const Users users({{"a", slow}, {"b", slow}});
  std::atomic<int> begun{0}, busy{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 6; ++i) {
    askers.emplace_back([&, i] {
      ++begun;
      busy += users.judge(basic("a:" + std::to_string(i))) == Verdict::busy;
    });
  }
  CHECK(vedette::test::soon([&] { return begun == 6; }));
  users.close();
  CHECK(users.judge(basic("a:7")) == Verdict::busy);
  for (std::thread& asker : askers) asker.join();
  CHECK(busy >= 5);  // one may have been under way
}
