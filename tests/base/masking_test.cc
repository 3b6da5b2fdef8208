#include "base/masking.h"

#include "support/catch.h"

namespace vedette {
namespace {

TEST_CASE("headers whose names speak of a secret are known, others are not") {
  for (const char* name :
       {"Authorization", "Cookie", "X-Api-Key", "Ocp-Apim-Subscription-Key", "X-Functions-Key", "X-Auth", "X-Auth-User",
        "X-Auth-Email", "Private-Token", "X-Vault-Token", "X-Hub-Signature", "X-Shared-Secret", "Api-Key", "Apikey"}) {
    INFO(name);
    CHECK(is_secret_header(name));
  }
  for (const char* name : {"Accept", "User-Agent", "X-Request-Id", "Keyboard", "Origin", "Cache-Control"}) {
    INFO(name);
    CHECK_FALSE(is_secret_header(name));
  }
}

TEST_CASE("secret parameters of an address are masked, in its query and its fragment, encoded or not") {
  CHECK(without_secret_parameters("https://shop/a?sig=abc&x=1&access_token=t#id_token=u&y=2") ==
        "https://shop/a?sig=xxxxx&x=1&access_token=xxxxx#id_token=xxxxx&y=2");
  CHECK(without_secret_parameters("/cb?code=c;state=s") == "/cb?code=xxxxx;state=s");
  CHECK(without_secret_parameters("?p%61ssword=p&API-KEY=k") == "?p%61ssword=xxxxx&API-KEY=xxxxx");
  for (const char* name : {"sig", "signature", "pass", "pwd", "password", "code", "key", "api_key", "apikey", "token",
                           "access_token", "secret", "client_secret", "X-Amz-Signature", "X-Amz-Security-Token"}) {
    INFO(name);
    CHECK(is_secret_parameter(name));
  }
  for (const char* same :
       {"http://shop/", "http://shop/key=1", "http://shop/?page=2&sort=up", "?", "#", "", "/a?b#c?d&e"}) {
    CHECK(without_secret_parameters(same) == same);
  }
}

}  // namespace
}  // namespace vedette
