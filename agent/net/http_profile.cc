#include "net/http_profile.h"

#include <algorithm>

#include "base/text.h"

namespace vedette {

namespace {

bool has_line(const std::vector<std::string>& lines, std::string_view name) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return starts_with_ignore_case(line, name); });
}

}  // namespace

// libcurl compares every line of its lists with a dozen names at each request, so they hold no more than they must.
HttpProfile::HttpProfile(HttpSettings wanted) : settings(std::move(wanted)), tls(settings.tls, settings.http2) {
  std::vector<std::string> list;
  for (const std::string& line : settings.headers) {
    constexpr std::string_view kAgent = "User-Agent: ";
    if (starts_with_ignore_case(line, kAgent) && user_agent.empty()) {
      user_agent = line.substr(kAgent.size());
    } else {
      list.push_back(line);
      // libcurl's sign for a header without value is a semicolon.
      bool bare = line.ends_with(';') && line.find(':') == line.npos;
      lines.append(bare ? line.substr(0, line.size() - 1) + ":" : line).append("\r\n");
    }
  }
  lines.append("Connection: close\r\n");
  // What libcurl would add by itself is taken out by a name without value.
  if (!has_line(list, "Accept:")) list.push_back("Accept:");
  if (!settings.proxy.empty() && !has_line(list, "Proxy-Connection:")) list.push_back("Proxy-Connection:");
  list.push_back("Connection: close");
  for (const std::string& line : list) headers = curl_slist_append(headers, line.c_str());
  for (const char* unwanted : {"Expect:", "Content-Type:"}) {
    if (!has_line(list, unwanted)) list.push_back(unwanted);
  }
  for (const std::string& line : list) body_headers = curl_slist_append(body_headers, line.c_str());
  if (settings.proxy.empty()) return;
  std::vector<std::string> to_proxy{"Proxy-Connection:"};
  to_proxy.insert(to_proxy.end(), settings.proxy_headers.begin(), settings.proxy_headers.end());
  for (const std::string& line : to_proxy) proxy_headers = curl_slist_append(proxy_headers, line.c_str());
  to_proxy.insert(to_proxy.end(), settings.connect_headers.begin(), settings.connect_headers.end());
  for (const std::string& line : to_proxy) connect_headers = curl_slist_append(connect_headers, line.c_str());
}

HttpProfile::~HttpProfile() {
  curl_slist_free_all(headers);
  curl_slist_free_all(body_headers);
  curl_slist_free_all(proxy_headers);
  curl_slist_free_all(connect_headers);
}

std::shared_ptr<const HttpProfile> make_http_profile(HttpSettings settings) {
  return std::make_shared<const HttpProfile>(std::move(settings));
}

}  // namespace vedette
