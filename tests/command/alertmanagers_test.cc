#include "command/alertmanagers.h"

#include "net/http_profile.h"
#include "support/catch.h"
#include "support/folder.h"

using namespace vedette;

namespace {

struct Read {
  explicit Read(const std::string& yaml)
      : document(Document::read("test.yml", yaml)), all(read_alertmanagers(document.root())) {}
  std::string problems() const {
    std::string text;
    for (const Problem& problem : document.problems()) text += problem.text() + "\n";
    return text;
  }
  Document document;
  std::vector<Alertmanager> all;
};

std::string credentials_of(const Alertmanager& alertmanager) {
  if (!alertmanager.credentials) return "";
  auto lines = alertmanager.credentials();
  return lines ? lines->at(0) : "error: " + lines.error().message;
}

}  // namespace

TEST_CASE("An Alertmanager is a URL, and nothing more is needed") {
  Read read("[http://alertmanager:9093, 'https://[::1]:9093/am/']");
  CHECK(read.problems() == "");
  REQUIRE(read.all.size() == 2);
  CHECK(read.all[0].url == "http://alertmanager:9093");
  CHECK(read.all[0].name == "http://alertmanager:9093");
  CHECK(read.all[0].timeout == seconds(10));
  CHECK(credentials_of(read.all[0]) == "");
  CHECK(read.all[1].url == "https://[::1]:9093/am");
  const HttpSettings& settings = read.all[0].profile->settings;
  CHECK(settings.method == "POST");
  REQUIRE(settings.headers.size() == 2);
  CHECK(settings.headers[0].starts_with("User-Agent: vedette/"));
  CHECK(settings.headers[1] == "Content-Type: application/json");
  CHECK(settings.tls.verify);
}

TEST_CASE("Nothing and an empty list are no Alertmanagers") {
  CHECK(read_alertmanagers(Node{}).empty());
  Read read("[]");
  CHECK(read.all.empty());
  CHECK(read.problems() == "");
}

TEST_CASE("A user in the URL becomes a header and is shown nowhere") {
  Read read("['https://me:p%40ss@am.example.org']");
  CHECK(read.problems() == "");
  REQUIRE(read.all.size() == 1);
  CHECK(read.all[0].url == "https://am.example.org");
  CHECK(read.all[0].name == "https://am.example.org");
  CHECK(credentials_of(read.all[0]) == "Authorization: Basic bWU6cEBzcw==");
  CHECK(read.document.shown().find("p%40ss") == std::string::npos);
}

TEST_CASE("Timeout, credentials and TLS are in the words of a module's http block") {
  Read read(
      "- {url: 'https://a', timeout: 3s, basic_auth: {username: me, password: pass}}\n"
      "- {url: 'https://b', bearer_token: secret, tls_config: {server_name: am, insecure_skip_verify: true}}\n"
      "- {url: 'https://c', authorization: {type: Token, credentials: secret}}\n");
  CHECK(read.problems() == "");
  REQUIRE(read.all.size() == 3);
  CHECK(read.all[0].timeout == seconds(3));
  CHECK(credentials_of(read.all[0]) == "Authorization: Basic bWU6cGFzcw==");
  CHECK(credentials_of(read.all[1]) == "Authorization: Bearer secret");
  CHECK(read.all[1].server_name == "am");
  CHECK_FALSE(read.all[1].profile->settings.tls.verify);
  CHECK(credentials_of(read.all[2]) == "Authorization: Token secret");
  CHECK(read.document.shown().find("pass}") == std::string::npos);
  CHECK(read.document.shown().find("secret,") == std::string::npos);
}

TEST_CASE("A token in a file is read at each post") {
  const Folder folder;
  const std::string path = folder.path("token");
  Read read("[{url: 'http://a', bearer_token_file: '" + path + "'}]");
  REQUIRE(read.all.size() == 1);
  CHECK(credentials_of(read.all[0]).starts_with("error: cannot read the secret in"));
  folder.file("token", "one\n");
  CHECK(credentials_of(read.all[0]) == "Authorization: Bearer one");
  folder.file("token", "two\n");
  CHECK(credentials_of(read.all[0]) == "Authorization: Bearer two");
  folder.file("token", "two\r\nX: y");
  CHECK(credentials_of(read.all[0]) == "error: the credentials would hold control characters");
}

TEST_CASE("What cannot be an Alertmanager is refused, with place and rule") {
  struct Case {
    const char* yaml;
    const char* rule;
  };
  const Case cases[] = {
      {"http://a", "must be a list"},
      {"[alertmanager:9093]", "must begin with http:// or https://"},
      {"[ftp://a]", "must begin with http:// or https://"},
      {"['http://']", "[0]: "},
      {"['http://a/?x=y']", "no query"},
      {"['http://a/#x']", "no fragment"},
      {"['http://a/api/v2/alerts']", "leave out /api/v2/alerts"},
      {"[{timeout: 3s}]", "an Alertmanager needs a url"},
      {"[{url: 'http://a', timeout: 1ms}]", "must be between 100ms and 1m"},
      {"[{url: 'http://a', timeout: 2m}]", "must be between 100ms and 1m"},
      {"[{url: 'http://a', proxy_url: 'http://b'}]", "proxy_url"},
      {"[{url: 'http://a', oauth2: {client_id: x}}]", "OAuth2"},
      {"[{url: 'http://u:p@a', bearer_token: x}]", "either part of the URL or have keys of their own"},
      {"[{url: 'http://a', basic_auth: {username: u}, bearer_token: x}]", "at most one of"},
      {"[http://a, 'http://a/']", "[1]: this Alertmanager is named twice"},
      {"[http://a, {url: 'http://u:p@a'}]", "[1]: this Alertmanager is named twice"},
  };
  for (const Case& one : cases) {
    INFO(one.yaml);
    Read read(one.yaml);
    INFO(read.problems());
    CHECK(read.problems().find(one.rule) != std::string::npos);
    CHECK(read.problems().find("u:p") == std::string::npos);
  }
}
