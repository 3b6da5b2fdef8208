#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/address.h"

namespace vedette {

/// The names of an /etc/hosts, in lower case.
using HostsTable = std::unordered_map<std::string, std::vector<IpAddress>>;
HostsTable parse_hosts(std::string_view text);

/// Tells when a file was replaced or written to, at the price of one stat.
class FileWatch {
 public:
  explicit FileWatch(std::string path) : path_(std::move(path)) {}
  /// True at the first call and whenever the file differs from the last call's.
  bool changed();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool known_ = false;
  unsigned long inode_ = 0;
  long long modified_ns_ = 0, changed_ns_ = 0, size_ = 0;
};

}  // namespace vedette
