#include "config/config.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/file.h"
#include "base/text.h"
#include "config/modules.h"
#include "config/targets.h"

namespace vedette {
namespace {

// A byte more than Document takes, so that it sees that it is too much.
constexpr std::size_t kMostBytes = (16 << 20) + 1;
constexpr std::size_t kMostRead = 64 << 20;  // of a file that is too large anyway
constexpr int kDefaultFlights = 1000, kMostFlights = 100'000;

Result<std::string> read_text(const std::string& path, ReadFrom from) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Error{"cannot be read: it is a directory"};
  if (from == ReadFrom::regular_files) {
    auto text = read_file(path, kMostRead);
    return text ? text : Error{"cannot be read: " + text.error().message};
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error{"cannot be read: " + std::generic_category().message(errno)};
  std::string text;
  std::string part(64 * 1024, '\0');
  while (text.size() < kMostBytes &&
         (stream.read(part.data(), static_cast<std::streamsize>(part.size())) || stream.gcount() > 0)) {
    text.append(part, 0, static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return Error{"cannot be read: " + std::generic_category().message(errno)};
  return text;
}

/// The place of a file that another file names.
std::string beside(const std::string& naming_file, const std::string& named) {
  const std::filesystem::path path(named);
  return path.is_absolute() ? named
                            : (std::filesystem::path(naming_file).parent_path() / path).lexically_normal().string();
}

/// What a file says, or why it says nothing, as a part of the checksum.
void mix(std::uint64_t& checksum, const std::string& file, const Result<std::string>& text) {
  checksum = checksum * 31 + fnv1a_64(file);
  checksum = checksum * 31 + fnv1a_64(text ? *text : text.error().message);
}

void add_text(Loaded& loaded, const std::string& file, const Result<std::string>& text) {
  mix(loaded.config.checksum, file, text);
  loaded.config.files.push_back(file);
  if (text) loaded.documents.push_back(Document::read(file, *text));
}

/// Modules and nothing else: a file of blackbox_exporter's, where a dollar is a dollar.
bool is_blackbox_exporters(const Document& document) {
  const auto keys = document.root().members();
  return keys.size() == 1 && keys.front().first == "modules";
}

/// The files of `modules_from`: blackbox_exporter's own, so they hold modules and nothing else.
/// Returns false when a module that a target names may stand in a file that could not be read.
bool read_module_files(const Node& names, const std::string& naming_file, ReadFrom from, Loaded& loaded) {
  bool complete = true;
  for (const Node& item : names.items()) {
    const std::string name = item.text();
    const std::string path = beside(naming_file, name);
    if (name.empty()) {
      item.reject("must name a file");
      continue;
    }
    const auto text = read_text(path, from);
    add_text(loaded, path, text);
    if (!text) {
      item.reject(in_quotes(path) + " " + text.error().message);
      complete = false;
      continue;
    }
    loaded.documents.back().take_literally();
    const Node root = loaded.documents.back().root();
    complete = complete && root.present();
    read_modules(root.at("modules"), loaded.config.modules);
    root.finish();
  }
  return complete;
}

/// Takes a copy of the document, since reading module files moves the original.
void interpret(Document document, ReadFrom from, Loaded& loaded) {
  Config& config = loaded.config;
  if (is_blackbox_exporters(document)) document.take_literally();
  const Node root = document.root();
  read_modules(root.at("modules"), config.modules);
  const bool complete = read_module_files(root.at("modules_from"), document.file(), from, loaded);
  config.modules.try_emplace("http_2xx", ModuleConfig{"http_2xx", "http", {}, {}, {}});
  config.flights = static_cast<int>(root.at("flights").integer(1, kMostFlights, kDefaultFlights));
  TargetReader reader(config.modules, complete);
  reader.read_defaults(root.at("defaults"));
  config.default_alarm = reader.default_alarm();
  config.default_slo = reader.default_slo();
  config.targets = reader.read_targets(root.at("targets"));
  config.alarm_sets = root.at("alarm_sets");
  config.composite_alarms = root.at("composite_alarms");
  config.alertmanagers = root.at("alertmanagers");
  config.store = root.at("store");
  root.finish();
}

}  // namespace

std::vector<Problem> Loaded::problems() const {
  std::vector<Problem> all;
  for (const Document& document : documents) {
    const auto& some = document.problems();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Loaded load_config_text(const std::string& file, std::string text) {
  Loaded loaded;
  add_text(loaded, file, std::move(text));
  interpret(loaded.documents.front(), ReadFrom::anything, loaded);
  return loaded;
}

Loaded load_config(const std::string& file, ReadFrom from) {
  Loaded loaded;
  const auto text = read_text(file, from);
  add_text(loaded, file, text);
  if (!text) loaded.documents.push_back(Document::failed(file, text.error().message));
  interpret(loaded.documents.front(), from, loaded);
  return loaded;
}

std::uint64_t config_checksum(const std::string& file) {
  std::uint64_t checksum = 0;
  const auto text = read_text(file, ReadFrom::regular_files);
  mix(checksum, file, text);
  if (!text || text->find("modules_from") == std::string::npos) return checksum;
  const Document document = Document::read(file, *text);
  for (const Node& item : document.root().at("modules_from").items()) {
    const std::string name = item.text();
    if (name.empty()) continue;
    const std::string path = beside(file, name);
    mix(checksum, path, read_text(path, ReadFrom::regular_files));
  }
  return checksum;
}

std::string shown_config(const Loaded& loaded) {
  std::string text;
  for (const Document& document : loaded.documents) {
    if (loaded.documents.size() > 1) text += "---\n# " + document.file() + "\n";
    text += document.shown();
  }
  return text;
}

}  // namespace vedette
