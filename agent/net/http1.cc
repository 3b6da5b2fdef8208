#include "net/http1.h"

#include <charconv>

#include "base/text.h"
#include "net/http_profile.h"

namespace vedette {

namespace {

bool is_https(std::string_view url) { return url.starts_with("https"); }

}  // namespace

std::string_view authority_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find_first_of("/?"));
}

std::string path_of(std::string_view url) {
  std::string_view authority = authority_of(url);
  url.remove_prefix(static_cast<std::size_t>(authority.data() + authority.size() - url.data()));
  return url.starts_with('/') ? std::string(url) : "/" + std::string(url);
}

std::string host_of(std::string_view url) {
  std::string_view authority = authority_of(url);
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

int port_of(std::string_view url) {
  std::string_view authority = authority_of(url);
  int usual = is_https(url) ? 443 : 80;
  std::size_t colon = authority.rfind(':');
  if (colon == authority.npos || authority.ends_with(']')) return usual;
  return parse_int<std::uint16_t>(authority.substr(colon + 1)).value_or(static_cast<std::uint16_t>(usual));
}

std::string host_header(std::string_view url) {
  std::string host(authority_of(url));
  std::string_view usual = is_https(url) ? ":443" : ":80";
  if (host.ends_with(usual)) host.resize(host.size() - usual.size());
  if (auto zone = host.find('%'); host.starts_with('[') && zone != host.npos) host.erase(zone, host.find(']') - zone);
  return host;
}

Http1Wire::Http1Wire(const HttpCall& call, HttpReply& reply)
    : answer_(reply, call.sink, call.profile->settings.method == "HEAD") {
  write_head(call);
  std::string_view body = call.body ? std::string_view(*call.body) : std::string_view();
  if (body.size() <= kSmallBody) {
    head_.append(body).append(tail_);
    left_ = {head_, {}, {}};
  } else {
    left_ = {head_, body, tail_};
  }
}

void Http1Wire::write_head(const HttpCall& call) {
  const HttpProfile& profile = *call.profile;
  head_.reserve(512);
  head_.append(profile.settings.method).append(" ").append(path_of(call.url)).append(" HTTP/1.1\r\nHost: ");
  head_.append(call.host.empty() ? host_header(call.url) : call.host).append("\r\n");
  if (!profile.user_agent.empty()) head_.append("User-Agent: ").append(profile.user_agent).append("\r\n");
  for (const std::string& line : call.headers) head_.append(line).append("\r\n");
  head_.append(profile.lines);
  if (call.body && call.chunked) {
    head_.append("Transfer-Encoding: chunked\r\n\r\n");
    tail_ = "0\r\n\r\n";
    if (!call.body->empty()) {
      char size[20];
      auto end = std::to_chars(size, size + sizeof size, call.body->size(), 16).ptr;
      head_.append(size, end).append("\r\n");
      tail_.insert(0, "\r\n");
    }
  } else if (call.body || profile.says_length()) {
    head_.append("Content-Length: ").append(std::to_string(call.body ? call.body->size() : 0)).append("\r\n\r\n");
  } else {
    head_.append("\r\n");
  }
}

std::string_view Http1Wire::unsent() {
  for (std::string_view piece : left_) {
    if (!piece.empty()) return piece;
  }
  return {};
}

void Http1Wire::sent(std::size_t size) {
  for (std::string_view& piece : left_) {
    std::size_t part = std::min(size, piece.size());
    piece.remove_prefix(part);
    size -= part;
  }
}

bool Http1Wire::asked() const { return left_[0].empty() && left_[1].empty() && left_[2].empty(); }

}  // namespace vedette
