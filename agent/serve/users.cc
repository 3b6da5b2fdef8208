#include "serve/users.h"

#include <crypt.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "net/digest.h"

namespace vedette {
namespace {

constexpr int kMostWaiting = 8;  // each holds one of the web server's workers
constexpr std::size_t kMostBad = 1000;

bool is_bcrypt_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

/// crypt_r's working space is 32 kB, a third of a worker's stack, and holds the password at the end.
bool matches(const std::string& hash, const std::string& password) {
  const auto space = std::make_unique<crypt_data>();
  const char* made = ::crypt_r(password.c_str(), hash.c_str(), space.get());
  const bool same = made != nullptr && same_in_constant_time(made, hash);
  ::explicit_bzero(space.get(), sizeof *space);
  return same;
}

struct Login {
  std::string name, password;
};

std::optional<Login> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!starts_with_ignore_case(authorization, kScheme)) return std::nullopt;
  const auto decoded = base64_decode(trim(authorization.substr(kScheme.size())));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Login{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace

std::optional<int> bcrypt_cost(std::string_view hash) {
  // "$2y$10$" and 53 letters
  if (hash.size() != 60 || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$') return std::nullopt;
  if (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') return std::nullopt;
  if (!std::all_of(hash.begin() + 7, hash.end(), is_bcrypt_letter)) return std::nullopt;
  const auto cost = parse_int<int>(hash.substr(4, 2));
  if (!cost || *cost < 4 || *cost > 31) return std::nullopt;
  return cost;
}

Users::Users(std::map<std::string, std::string> hashes) : hashes_(std::move(hashes)), key_(random_bytes(32)) {
  int cost = 4;
  for (const auto& [name, hash] : hashes_) cost = std::max(cost, bcrypt_cost(hash).value_or(cost));
  nobodys_hash_ = fmt::format("$2b${:02}${}", cost, std::string(53, '.'));
}

std::optional<bool> Users::remembered(const std::string& name, const std::string& digest) const {
  return memory_.with([&](const Remembered& memory) -> std::optional<bool> {
    const auto good = memory.good.find(name);
    if (good != memory.good.end() && same_in_constant_time(good->second, digest)) return true;
    if (memory.bad.contains(digest)) return false;
    return std::nullopt;
  });
}

void Users::close() const {
  turn_.change([](Turn& turn) { turn.closed = true; });
}

/// False: the agent stops.
bool Users::take_turn() const {
  bool got = false;
  turn_.wait(now() + std::chrono::hours(1), [&](Turn& turn) {
    got = !turn.taken && !turn.closed;
    turn.taken = turn.taken || got;
    return got || turn.closed;
  });
  return got;
}

Users::Verdict Users::check(const std::string& name, const std::string& digest, const std::string& password) const {
  if (!take_turn()) return Verdict::busy;
  struct Give {
    Awaited<Turn>& turn;
    ~Give() {
      turn.change([](Turn& held) { held.taken = false; });
    }
  } give{turn_};
  // While we waited, somebody may have been here with the same.
  if (const auto known = remembered(name, digest)) return *known ? Verdict::welcome : Verdict::stranger;
  const auto user = hashes_.find(name);
  // To crypt_r a zero byte is the end: what follows it must not be free to choose.
  const bool whole = password.find('\0') == std::string::npos;
  const bool same = matches(user == hashes_.end() ? nobodys_hash_ : user->second, password);
  const bool good = same && whole && user != hashes_.end();
  memory_.with([&](Remembered& memory) {
    if (memory.bad.size() >= kMostBad) memory.bad.clear();
    if (good) {
      memory.good[name] = digest;
    } else {
      memory.bad.insert(digest);
    }
  });
  return good ? Verdict::welcome : Verdict::stranger;
}

Users::Verdict Users::judge(std::string_view authorization) const {
  const auto login = parse_basic(authorization);
  if (!login || key_.empty()) return Verdict::stranger;
  const std::string digest =
      keyed_digest(key_, fmt::format("{}:{}{}", login->name.size(), login->name, login->password));
  if (const auto known = remembered(login->name, digest)) return *known ? Verdict::welcome : Verdict::stranger;
  struct Place {
    std::atomic<int>& waiting;
    const int before;
    explicit Place(std::atomic<int>& count) : waiting(count), before(count.fetch_add(1)) {}
    ~Place() { waiting.fetch_sub(1); }
  } place(waiting_);
  if (place.before >= kMostWaiting) return Verdict::busy;
  return check(login->name, digest, login->password);
}

}  // namespace vedette
