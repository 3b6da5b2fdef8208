// The file of --web.config.file: what is good, and every mistake with its place.

#include "serve/web_config.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "serve/web_rules.h"
#include "support/catch.h"
#include "support/folder.h"

using namespace vedette;

namespace {

const std::string kHash = "$2b$04$k/vJdPGHmFgwnbdEhXu./Oa9m2.cu6iO6SLdu0iNf3lNCgQm5b0cK";  // of "secret"

/// A file of its own for each test.
struct WebFile {
  explicit WebFile(const std::string& text) { folder.file("web.yml", text); }
  void write(const std::string& name, const std::string& text) const { folder.file(name, text); }
  std::string path() const { return folder.path("web.yml"); }

  Folder folder;
};

/// "3: tls_server_config.key_file: ..." a line.
std::string problems_of(const std::string& text) {
  const WebFile file(text);
  std::string lines;
  for (const Problem& problem : load_web_config(file.path()).problems) {
    lines += problem.text().substr(file.path().size() + 1) + "\n";
  }
  const auto at = [&](std::string& all) { return all.find(file.folder.path()); };
  for (auto found = at(lines); found != std::string::npos; found = at(lines)) {
    lines.replace(found, file.folder.path().size(), "DIR");
  }
  return lines;
}

}  // namespace

TEST_CASE("An empty web configuration is plain HTTP for everybody") {
  for (const std::string text :
       {"", "\n", "# nothing\n\n", "---\n", "{}", "tls_server_config: {}", "basic_auth_users:\n",
        "tls_server_config: {min_version: TLS13}", "http_server_config: {http2: false}"}) {
    const WebFile file(text);
    const LoadedWebConfig loaded = load_web_config(file.path());
    INFO(text);
    CHECK(loaded.problems.empty());
    CHECK(loaded.config.tls == nullptr);
    CHECK(loaded.config.users->empty());
    CHECK(loaded.config.headers.empty());
    CHECK(loaded.config.interval == Duration{});
  }
}

TEST_CASE("Users, headers and a limit are read") {
  const WebFile file("basic_auth_users: {alice: " + kHash + R"(}
http_server_config:
  headers: {X-Frame-Options: deny, X-Content-Type-Options: nosniff, Content-Security-Policy: "", X-XSS-Protection: "1"}
rate_limit: {interval: 100ms, burst: 5}
)");
  const LoadedWebConfig loaded = load_web_config(file.path());
  REQUIRE(loaded.problems.empty());
  CHECK_FALSE(loaded.config.users->empty());
  CHECK(loaded.config.headers == std::vector<std::pair<std::string, std::string>>{{"X-Frame-Options", "deny"},
                                                                                  {"X-Content-Type-Options", "nosniff"},
                                                                                  {"X-XSS-Protection", "1"}});
  CHECK(loaded.config.interval == milliseconds(100));
  CHECK(loaded.config.burst == 5);
}

TEST_CASE("A web configuration that cannot be read is one problem") {
  const LoadedWebConfig loaded = load_web_config("/nowhere/web.yml");
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].text() == "/nowhere/web.yml: cannot be read: No such file or directory");
  CHECK(load_web_config("/").problems[0].text() == "/: cannot be read: it is not a regular file");
}

TEST_CASE("Every mistake in a web configuration is told with its place") {
  CHECK(problems_of(R"(tls_server_config:
  cert_file: server.crt
  cert: text
  min_version: TLS9
  cipher_suites: [TLS_AES_128_GCM_SHA256, MADE_UP]
  curve_preferences: [CurveP25519]
  client_auth_type: Sometimes
  cert_fil: x
http_server_config: {http2: maybe, headers: {X-Frame-Options: allow, X-Mine: x}}
basic_auth_users: {alice: plain, "b:c": )" +
                    kHash + R"(}
rate_limit: {interval: 1s}
users: {}
)") == R"(1: tls_server_config: missing one of key or key_file
2: tls_server_config.cert_file: at most one of cert and cert_file may be used
4: tls_server_config.min_version: unknown TLS version: "TLS9" (TLS10, TLS11, TLS12 and TLS13 are known)
5: tls_server_config.cipher_suites[1]: unknown cipher: "MADE_UP"
6: tls_server_config.curve_preferences[0]: unknown curve: "CurveP25519" (CurveP256, CurveP384, CurveP521 and X25519 are known)
7: tls_server_config.client_auth_type: invalid client_auth_type "Sometimes": NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven and RequireAndVerifyClientCert are known
8: tls_server_config.cert_fil: unknown key: field cert_fil not found (did you mean "cert_file"?)
9: http_server_config.http2: must be true or false, found "maybe"
9: http_server_config.headers.X-Frame-Options: must be deny or sameorigin, not "allow"
9: http_server_config.headers.X-Mine: the header "X-Mine" cannot be configured; these can: Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection
10: basic_auth_users.alice: must be a bcrypt hash: $2y$, $2b$ or $2a$, a cost from 04 to 15, and 53 letters
10: basic_auth_users."b:c": a name with a colon cannot log in
11: rate_limit: with an interval, burst must be at least 1: 0 would refuse every request
12: users: unknown key: field users not found
)");
}

TEST_CASE("What TLS needs and does not have is told") {
  CHECK(problems_of("tls_server_config: {cert_file: gone.crt, key: \"no key at all\"}\n") ==
        "1: tls_server_config.cert_file: \"DIR/gone.crt\" cannot be read: No such file or directory\n"
        "1: tls_server_config.key: holds no private key in PEM\n");
  CHECK(problems_of("tls_server_config:\n  cert_file: web.yml\n  key_file: web.yml\n") ==
        "2: tls_server_config.cert_file: \"web.yml\" holds no certificate in PEM\n"
        "3: tls_server_config.key_file: \"web.yml\" holds no private key in PEM\n");
  CHECK(problems_of("tls_server_config: {client_auth_type: RequestClientCert}\n") ==
        "1: tls_server_config: missing one of cert or cert_file\n"
        "1: tls_server_config: missing one of key or key_file\n");
  CHECK(problems_of("tls_server_config:\n  min_version: TLS13\n  max_version: TLS12\n") ==
        "3: tls_server_config.max_version: max_version is below min_version\n");
  CHECK(problems_of("tls_server_config:\n  client_allowed_sans: [shop.test]\n") ==
        "2: tls_server_config.client_allowed_sans: names for clients' certificates, but client_auth_type does not ask "
        "for "
        "them\n");
}

TEST_CASE("A problem never holds a secret") {
  const std::string text = problems_of(
      "basic_auth_users: {alice: hunter2, bob: [hunter3]}\n"
      "tls_server_config: {key: hunter4, cert: hunter5}\n");
  CHECK(text.find("hunter") == std::string::npos);
  CHECK(text.find("basic_auth_users.alice") != std::string::npos);
}

TEST_CASE("A bcrypt cost that nobody can wait for is a problem") {
  std::string costly = kHash;
  costly.replace(4, 2, "16");
  CHECK(problems_of("basic_auth_users:\n  alice: " + costly + "\n") ==
        "2: basic_auth_users.alice: a bcrypt cost of 16 would keep the agent busy for too long; at most 15\n");
}

TEST_CASE("Rules follow their file and keep the last good ones") {
  const WebFile file("http_server_config: {headers: {X-Frame-Options: deny}}\n");
  WebRules rules(file.path(), load_web_config(file.path()), Log::silent());
  const auto shown = [&] { return rules.current()->headers.empty() ? "" : rules.current()->headers[0].second; };
  CHECK(shown() == "deny");
  file.write("web.yml", "http_server_config: {headers: {X-Frame-Options: sameorigin}}\n");
  CHECK(shown() == "sameorigin");
  file.write("web.yml", "http_server_config: {headers: {X-Frame-Options: no good}}\n");
  CHECK(shown() == "sameorigin");
  std::filesystem::remove(file.path());
  CHECK(shown() == "sameorigin");
  file.write("web.yml", "# all gone\n");
  CHECK(shown().empty());
}

TEST_CASE("A limit lets a burst through and then one request an interval") {
  RateLimit limit;
  const Time start = now();
  const auto allow = [&](int ms) { return limit.allow(milliseconds(100), 3, start + milliseconds(ms)); };
  CHECK((allow(0) && allow(0) && allow(0)));
  CHECK_FALSE(allow(0));
  CHECK_FALSE(allow(99));
  CHECK(allow(100));
  CHECK_FALSE(allow(150));
  CHECK((allow(10'000) && allow(10'000) && allow(10'000)));
  CHECK_FALSE(allow(10'000));
  CHECK(limit.allow(Duration{}, 0, start));
}

TEST_CASE("Requests whose clocks were read in another order do not fill the bucket") {
  RateLimit limit;
  const Time start = now();
  const auto allow = [&](int ms) { return limit.allow(seconds(1), 2, start + milliseconds(ms)); };
  CHECK((allow(5) && allow(5)));
  for (int ms : {4, 3, 5, 4, 5}) CHECK_FALSE(allow(ms));
  CHECK_FALSE(allow(1004));
  CHECK(allow(1006));
}

TEST_CASE("New files with the same users keep the logins that are known") {
  const std::string users = "basic_auth_users: {alice: " + kHash + "}\n";
  const WebFile file(users);
  WebRules rules(file.path(), load_web_config(file.path()), Log::silent());
  const auto before = rules.current()->users;
  file.write("web.yml", users + "http_server_config: {headers: {X-Frame-Options: deny}}\n");
  const auto after = rules.current();
  CHECK_FALSE(after->headers.empty());
  CHECK(after->users == before);
  file.write("web.yml", "basic_auth_users: {alice: " + kHash + ", bob: " + kHash + "}\n");
  CHECK(rules.current()->users != before);
}

TEST_CASE("A word that is no version is shown in quotes") {
  CHECK(problems_of("tls_server_config:\n  min_version: \"a\\nb\"\n").find("unknown TLS version: \"a\\nb\"") !=
        std::string::npos);
}
