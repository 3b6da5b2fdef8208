#include "net/hosts_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>

namespace vedette {

HostsTable parse_hosts(std::string_view text) {
  HostsTable table;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = line.substr(0, line.find('#'));
    std::vector<std::string> words;
    for (char c : line) {
      bool blank = std::isspace(static_cast<unsigned char>(c));
      if (blank || words.empty()) words.emplace_back();
      if (!blank) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    std::erase_if(words, [](const std::string& word) { return word.empty(); });
    if (words.size() < 2) continue;
    auto address = IpAddress::parse(words[0]);
    if (!address) continue;
    for (std::size_t i = 1; i < words.size(); ++i) {
      auto& known = table[words[i]];
      if (std::find(known.begin(), known.end(), *address) == known.end()) known.push_back(*address);
    }
  }
  return table;
}

bool FileWatch::changed() {
  struct stat status{};
  if (stat(path_.c_str(), &status) != 0) status = {};
  long long modified = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
  // A file that may be read at last was not written to.
  long long changed = status.st_ctim.tv_sec * 1'000'000'000LL + status.st_ctim.tv_nsec;
  bool same = known_ && inode_ == status.st_ino && modified_ns_ == modified && changed_ns_ == changed &&
              size_ == status.st_size;
  known_ = true;
  inode_ = status.st_ino;
  modified_ns_ = modified;
  changed_ns_ = changed;
  size_ = status.st_size;
  return !same;
}

}  // namespace vedette
