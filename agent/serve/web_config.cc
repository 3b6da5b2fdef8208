#include "serve/web_config.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"
#include "net/trust.h"

namespace vedette {
namespace {

constexpr int kMostCost = 15;  // a check of that takes some 3 seconds, and a stop waits for it
constexpr int kMostBurst = 1'000'000'000;
constexpr std::uintmax_t kMostBytes = 1 << 20;

/// What stands in the file counts as empty to exporter-toolkit, and means plain HTTP for everybody.
bool is_blank(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view content = trim(line);
    if (!content.empty() && content.front() != '#' && content != "---") return false;
  }
  return true;
}

class Reader {
 public:
  Reader(std::string file, LoadedWebConfig& loaded) : file_(std::move(file)), loaded_(loaded) {}

  void read();

 private:
  Result<std::string> read_file(const std::string& path);
  std::string pem(const Node& block, std::string_view text_key, std::string_view file_key,
                  Result<void> (*check)(const std::string&));
  void read_tls(const Node& block);
  void read_versions(const Node& block, TlsServerOptions& options);
  void read_clients(const Node& block, TlsServerOptions& options);
  void read_headers(const Node& block);
  void read_users(const Node& block);
  void read_limit(const Node& block);

  std::string file_;
  LoadedWebConfig& loaded_;
  bool tls_good_ = true;
};

Result<std::string> Reader::read_file(const std::string& path) {
  loaded_.files.emplace_back(path);
  loaded_.files.back().changed();  // how it looks before it is read: a later change is seen for sure
  std::error_code error;
  const auto kind = std::filesystem::status(path, error);
  if (!error && !std::filesystem::is_regular_file(kind)) return Error{"it is not a regular file"};
  if (std::filesystem::file_size(path, error) > kMostBytes && !error) return Error{"it is larger than 1 MiB"};
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream || stream.bad()) return Error{std::generic_category().message(errno)};
  return text.str();
}

Result<void> check_authorities_pem(const std::string& pem) {
  const auto trust = Trust::of_text(pem);
  if (!trust) return Error{"holds no certificate in PEM"};
  return {};
}

/// What stands in `text_key` or in the file that `file_key` names; empty when neither is there or it is of no use.
std::string Reader::pem(const Node& block, std::string_view text_key, std::string_view file_key,
                        Result<void> (*check)(const std::string&)) {
  const Node text = block.at(text_key), file = block.at(file_key);
  const auto inline_text = text.secret().reveal();  // a secret or not: nobody wants pages of base64 in a message
  const std::string named = file.text();
  std::string found = inline_text ? *inline_text : "";
  if (!found.empty() && !named.empty()) {
    file.reject(fmt::format("at most one of {} and {} may be used", text_key, file_key));
    tls_good_ = false;
    return {};
  }
  if (!named.empty()) {
    const auto path = (std::filesystem::path(file_).parent_path() / named).lexically_normal().string();
    auto content = read_file(path);
    if (!content) {
      file.reject(fmt::format("{} cannot be read: {}", in_quotes(path), content.error().message));
      tls_good_ = false;
      return {};
    }
    found = *std::move(content);
    if (trim(found).empty()) found = "\n";
  }
  if (found.empty()) return {};
  if (const auto good = check(found); !good) {
    tls_good_ = false;
    if (named.empty()) {
      text.reject(good.error().message);
    } else {
      file.reject(fmt::format("{} {}", in_quotes(named), good.error().message));
    }
    return {};
  }
  return found;
}

void Reader::read_versions(const Node& block, TlsServerOptions& options) {
  const auto version = [&](const Node& node, int fallback) {
    const std::string word = node.text();
    if (word.empty()) return fallback;
    const auto known = TlsServerOptions::version(word);
    if (!known)
      node.reject(fmt::format("unknown TLS version: {} (TLS10, TLS11, TLS12 and TLS13 are known)", in_quotes(word)));
    tls_good_ = tls_good_ && known;
    return known.value_or(fallback);
  };
  const Node most = block.at("max_version");
  options.least = version(block.at("min_version"), options.least);
  options.most = version(most, options.most);
  if (options.least > options.most) {
    (most.present() ? most : block.at("min_version")).reject("max_version is below min_version");
    tls_good_ = false;
  }
  for (const Node& item : block.at("cipher_suites").items()) {
    options.ciphers.push_back(item.text());
    if (TlsServerOptions::knows_cipher(options.ciphers.back())) continue;
    item.reject(fmt::format("unknown cipher: {}", in_quotes(options.ciphers.back())));
    tls_good_ = false;
  }
  for (const Node& item : block.at("curve_preferences").items()) {
    options.curves.push_back(item.text());
    if (TlsServerOptions::knows_curve(options.curves.back())) continue;
    item.reject(fmt::format("unknown curve: {} (CurveP256, CurveP384, CurveP521 and X25519 are known)",
                            in_quotes(options.curves.back())));
    tls_good_ = false;
  }
  options.own_order = block.at("prefer_server_cipher_suites").flag(true);
}

void Reader::read_clients(const Node& block, TlsServerOptions& options) {
  struct Policy {
    std::string_view word;
    ClientAuth auth;
  };
  constexpr std::array kPolicies{Policy{"", ClientAuth::none},
                                 Policy{"NoClientCert", ClientAuth::none},
                                 Policy{"RequestClientCert", ClientAuth::request},
                                 Policy{"RequireAnyClientCert", ClientAuth::require_any},
                                 Policy{"RequireClientCert", ClientAuth::require_any},  // its old name
                                 Policy{"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
                                 Policy{"RequireAndVerifyClientCert", ClientAuth::require_and_verify}};
  const Node policy = block.at("client_auth_type"), names = block.at("client_allowed_sans");
  const std::string word = policy.text();
  const auto known = std::find_if(kPolicies.begin(), kPolicies.end(), [&](const Policy& p) { return p.word == word; });
  if (known == kPolicies.end()) {
    policy.reject(
        fmt::format("invalid client_auth_type {}: NoClientCert, RequestClientCert, RequireAnyClientCert, "
                    "VerifyClientCertIfGiven and RequireAndVerifyClientCert are known",
                    in_quotes(word)));
    tls_good_ = false;
  } else {
    options.client_auth = known->auth;
  }
  options.client_authorities = pem(block, "client_ca", "client_ca_file", check_authorities_pem);
  for (const Node& item : names.items()) {
    options.client_names.push_back(item.text());
    if (options.client_names.back().empty()) item.reject("must be a name");
  }
  if (known == kPolicies.end() || known->auth != ClientAuth::none) {
    if (names.kind() == Node::Kind::list && options.client_names.empty()) names.reject("must hold at least one name");
    return;
  }
  if (!options.client_authorities.empty()) {
    const Node from = block.at("client_ca_file");
    (from.present() ? from : block.at("client_ca"))
        .reject("authorities for clients' certificates, but client_auth_type does not ask for certificates");
  }
  if (names.present()) names.reject("names for clients' certificates, but client_auth_type does not ask for them");
}

void Reader::read_tls(const Node& block) {
  TlsServerOptions options;
  options.certificate = pem(block, "cert", "cert_file", check_certificate_pem);
  options.key = pem(block, "key", "key_file", check_key_pem);
  read_versions(block, options);
  read_clients(block, options);
  const auto given = [&](std::string_view key) {
    const Node node = block.at(key);
    return node.kind() != Node::Kind::missing && node.kind() != Node::Kind::null && !node.text().empty();
  };
  const bool certificate = given("cert") || given("cert_file"), key = given("key") || given("key_file");
  const bool clients = given("client_ca") || given("client_ca_file") || given("client_auth_type");
  block.finish();
  if (!certificate && !key && !clients) return;  // no TLS, as exporter-toolkit has it
  if (!certificate) block.reject("missing one of cert or cert_file");
  if (!key) block.reject("missing one of key or key_file");
  if (!certificate || !key || !tls_good_) return;
  auto server = TlsServer::make(options);
  if (!server) return block.reject(server.error().message);
  loaded_.config.tls = *server;
}

void Reader::read_headers(const Node& block) {
  constexpr std::array<std::string_view, 5> kKnown{"Content-Security-Policy", "Strict-Transport-Security",
                                                   "X-Content-Type-Options", "X-Frame-Options", "X-XSS-Protection"};
  for (const auto& [name, node] : block.members()) {
    const std::string value = node.text();
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
      node.reject(
          fmt::format("the header {} cannot be configured; these can: {}", in_quotes(name), fmt::join(kKnown, ", ")));
    } else if (value.find_first_of("\r\n") != std::string::npos) {
      node.reject("a header is one line");
    } else if (name == "X-Content-Type-Options" && !value.empty() && value != "nosniff") {
      node.reject(fmt::format("must be nosniff, not {}", in_quotes(value)));
    } else if (name == "X-Frame-Options" && !value.empty() && value != "deny" && value != "sameorigin") {
      node.reject(fmt::format("must be deny or sameorigin, not {}", in_quotes(value)));
    } else if (!value.empty()) {
      loaded_.config.headers.emplace_back(name, value);
    }
  }
}

void Reader::read_users(const Node& block) {
  std::map<std::string, std::string> hashes;
  for (const auto& [name, node] : block.members()) {
    const auto hash = node.secret().reveal();
    const auto cost = hash ? bcrypt_cost(*hash) : std::nullopt;
    if (!cost) {
      node.reject("must be a bcrypt hash: $2y$, $2b$ or $2a$, a cost from 04 to 15, and 53 letters");
    } else if (*cost > kMostCost) {
      node.reject(
          fmt::format("a bcrypt cost of {} would keep the agent busy for too long; at most {}", *cost, kMostCost));
    } else if (name.find(':') != std::string::npos) {
      node.reject("a name with a colon cannot log in");
    } else {
      hashes.emplace(name, *hash);
    }
  }
  loaded_.config.users = std::make_shared<const Users>(std::move(hashes));
}

void Reader::read_limit(const Node& block) {
  const Node burst = block.at("burst");
  loaded_.config.interval = block.at("interval").duration({});
  loaded_.config.burst = static_cast<int>(burst.integer(0, kMostBurst, 0));
  if (loaded_.config.interval > Duration{} && loaded_.config.burst == 0) {
    (burst.present() ? burst : block)
        .reject("with an interval, burst must be at least 1: 0 would refuse every request");
  }
  block.finish();
}

void Reader::read() {
  loaded_.config.users = std::make_shared<const Users>(std::map<std::string, std::string>{});
  const auto text = read_file(file_);
  if (!text) {
    loaded_.problems.push_back({file_, 0, "", "cannot be read: " + text.error().message});
    return;
  }
  if (is_blank(*text)) return;
  const Document document = Document::read(file_, *text);
  const Node root = document.root();
  read_tls(root.at("tls_server_config"));
  const Node http = root.at("http_server_config");
  static_cast<void>(http.at("http2").flag(true));
  read_headers(http.at("headers"));
  http.finish();
  read_users(root.at("basic_auth_users"));
  read_limit(root.at("rate_limit"));
  root.finish();
  loaded_.problems = document.problems();
}

}  // namespace

LoadedWebConfig load_web_config(const std::string& file) {
  LoadedWebConfig loaded;
  Reader(file, loaded).read();
  return loaded;
}

}  // namespace vedette
