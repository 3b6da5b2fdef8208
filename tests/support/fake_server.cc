#include "support/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/text.h"

namespace vedette::test {

namespace {

std::size_t length_in(std::string_view head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const std::size_t at = head.find(kName);
  if (at == head.npos) return 0;
  std::string_view rest = head.substr(at + kName.size());
  return parse_int<std::size_t>(rest.substr(0, rest.find('\r'))).value_or(0);
}

/// Connects once, so that whoever waits for a connection goes on.
void knock(const std::string& authority) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(parse_int<std::uint16_t>(authority.substr(authority.rfind(':') + 1)).value_or(0));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::close(fd);
}

}  // namespace

FakeServer::FakeServer() : FakeServer([](const Request&) { return status(200); }) {}

FakeServer::FakeServer(Answer answer)
    : answer_(std::move(answer)), server_([this](LoopbackServer& server) { serve(server); }) {}

FakeServer::~FakeServer() {
  over_ = true;
  knock(server_.authority());
}

void FakeServer::serve(LoopbackServer& server) {
  std::vector<Peer> silent;
  while (!over_) {
    Peer peer = server.accept();
    Request request;
    request.head = peer.read_until("\r\n\r\n");
    if (request.head.empty()) continue;
    request.body = peer.read(length_in(request.head));
    const std::string answer = answer_(request);
    requests_.with([&](auto& all) { all.push_back(std::move(request)); });
    if (answer.empty()) {
      silent.push_back(std::move(peer));
    } else {
      peer.write(answer);
    }
  }
}

std::string FakeServer::status(int code, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace vedette::test
