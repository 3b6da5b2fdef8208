#pragma once
// Inside of net/http: what all exchanges of one profile send alike, made ready once.

#include <curl/curl.h>

#include <string>

#include "net/http.h"
#include "net/tls_client.h"

namespace vedette {

class HttpProfile {
 public:
  explicit HttpProfile(HttpSettings wanted);
  ~HttpProfile();
  HttpProfile(const HttpProfile&) = delete;

  /// These methods say how long their body is, even if there is none.
  bool says_length() const {
    return settings.method == "POST" || settings.method == "PUT" || settings.method == "PATCH";
  }

  HttpSettings settings;
  mutable TlsClient tls;  // refreshed by each exchange that uses it; loop thread only
  std::string user_agent;
  std::string lines;  // the rest of the headers as HTTP/1.1 sends them, with Connection
  curl_slist* headers = nullptr;
  curl_slist* body_headers = nullptr;  // of requests that send a body
  curl_slist* proxy_headers = nullptr;
  curl_slist* connect_headers = nullptr;  // the same and those of CONNECT alone
};

}  // namespace vedette
