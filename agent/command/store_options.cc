#include "command/store_options.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace vedette {
namespace {

constexpr std::string_view kFile = "/vedette.db";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// systemd's StateDirectory may name several; the first is ours.
std::string default_url() {
  std::string folder = environment("STATE_DIRECTORY");
  folder = folder.substr(0, folder.find(':'));
  if (folder.empty() && ::geteuid() == 0) folder = "/var/lib/vedette";
  if (folder.empty()) {
    const std::string state = environment("XDG_STATE_HOME"), home = environment("HOME");
    // Relative is to be ignored, says the XDG specification.
    if (state.starts_with('/')) {
      folder = state + "/vedette";
    } else {
      folder = home.empty() ? "/var/lib/vedette" : home + "/.local/state/vedette";
    }
  }
  return "sqlite:" + folder.append(kFile);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::string read_url(const Node& node) {
  const std::string url = node.url();
  if (url.empty()) {
    node.reject("must be a url like sqlite:/var/lib/vedette/vedette.db or postgresql://user@host/database, or none");
    return "";
  }
  if (url == "none") return "memory:";
  if (const std::string why = broken_store_url(url); !why.empty()) node.reject(why);
  return url;
}

}  // namespace

StoreOptions read_store(const Node& node) {
  StoreOptions options;
  options.agent = host_name();
  if (node.kind() == Node::Kind::scalar) {
    options.url = read_url(node);
  } else if (node.has_members()) {
    const Node url = node.at("url"), password = node.at("password"), file = node.at("password_file");
    options.url = url.present() ? read_url(url) : default_url();
    options.password = password.secret();
    options.password_file = file.text();
    options.agent = node.at("agent").text(options.agent);
    if (password.present() && file.present()) file.reject("and password cannot both be given");
    if (options.agent.empty()) node.at("agent").reject("must not be empty");
    node.finish();
  } else {
    options.url = default_url();
  }
  return options;
}

}  // namespace vedette
