#pragma once
// Who may ask: names with bcrypt hashes, as `Authorization: Basic` presents them. Any thread.

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/awaited.h"
#include "base/guarded.h"

namespace vedette {

/// How much work a bcrypt hash is, as the power of two in it; none of what is no such hash.
std::optional<int> bcrypt_cost(std::string_view hash);

/// A check costs as much as the hash says, tens of milliseconds, so verdicts are remembered: under a keyed digest,
/// never as passwords. Only one check runs at a time.
class Users {
 public:
  explicit Users(std::map<std::string, std::string> hashes);

  bool empty() const { return hashes_.empty(); }
  bool same_as(const Users& other) const { return hashes_ == other.hashes_; }
  /// busy: so many wait for their check already that this one is not begun.
  enum class Verdict { welcome, stranger, busy };
  Verdict judge(std::string_view authorization) const;
  /// From now on no check is begun, and who waits for one is told `busy`. One under way goes on.
  void close() const;

 private:
  struct Remembered {
    std::map<std::string, std::string> good;  // by name, the digest of its password: at most one each
    std::unordered_set<std::string> bad;
  };
  std::optional<bool> remembered(const std::string& name, const std::string& digest) const;
  Verdict check(const std::string& name, const std::string& digest, const std::string& password) const;
  bool take_turn() const;

  std::map<std::string, std::string> hashes_;
  std::string nobodys_hash_;  // for unknown names: they take as long as known ones
  std::string key_;
  mutable Guarded<Remembered> memory_;
  struct Turn {
    bool taken = false, closed = false;
  };
  mutable Awaited<Turn> turn_;  // taken over a check
  mutable std::atomic<int> waiting_{0};
};

}  // namespace vedette
