#pragma once
// A folder of a test's own, gone with it.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace vedette {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "vedette-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  /// Writes the file, with the folders on the way to it, and returns its path.
  std::string file(const std::string& name, const std::string& content) const {
    const std::filesystem::path to = path(name);
    std::filesystem::create_directories(to.parent_path());
    std::ofstream(to, std::ios::binary) << content;
    return to.string();
  }

 private:
  std::string path_;
};

}  // namespace vedette
