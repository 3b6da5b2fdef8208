// Asks an exporter's /probe over keep-alive connections, as a Prometheus would: gzip accepted, one URL per target.
// It does so little itself that it does not disturb what it measures.
//
//   load --exporter-port=9115 --module=http_2xx --target-port=8080 [--connections=100] [--seconds=3]      closed loop
//   load ... --rate=1000 [--targets=10000] [--tick-ms=5]                                                  paced
// The exporter's own CPU time is read by whoever started it.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string_view>

#include "measure.h"

namespace vedette::bench {
namespace {

struct Settings {
  std::uint16_t exporter_port;
  unsigned targets, connections;
  double rate, seconds, tick_ms;
  std::string url_before, url_after;  // the address of the target goes between
};

enum class Answer { partial, good, bad };

/// Where the body that starts at `at` ends, or npos when more must come. Go sends short pages whole and longer ones in
/// chunks.
std::size_t end_of_chunks(std::string_view text, std::size_t at) {
  for (;;) {
    const auto line = text.find("\r\n", at);
    if (line == std::string_view::npos) return line;
    const auto size = std::strtoul(text.data() + at, nullptr, 16);
    at = line + 2 + size + 2;
    if (at > text.size()) return std::string_view::npos;
    if (size == 0) return at;
  }
}

Answer judge(std::string_view text) {
  const auto head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return Answer::partial;
  const Answer verdict = text.rfind("HTTP/1.1 200", 0) == 0 ? Answer::good : Answer::bad;
  const auto field = text.find("\r\nContent-Length: ");
  if (field < head) {
    const auto length = std::strtoul(text.data() + field + 18, nullptr, 10);
    return text.size() >= head + 4 + length ? verdict : Answer::partial;
  }
  if (text.find("\r\nTransfer-Encoding: chunked") > head) return Answer::bad;
  return end_of_chunks(text, head + 4) == std::string_view::npos ? Answer::partial : verdict;
}

struct Connection {
  int fd = -1;
  Time started{};
  std::string answer;
};

class Load {
 public:
  explicit Load(const Settings& settings) : settings_(settings), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (unsigned i = 0; i < settings.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>());
      open(*connections_.back());
      idle_.push_back(connections_.back().get());
    }
  }
  ~Load() {
    for (auto& connection : connections_) close(connection->fd);
    close(epoll_);
  }

  void run() {
    outcome_.begin();
    Pace pace(settings_.rate, settings_.tick_ms, outcome_.started);
    const Time end = outcome_.started + std::chrono::duration_cast<Clock::duration>(Seconds(settings_.seconds));
    for (Time now = outcome_.started; now < end || idle_.size() < connections_.size(); now = Clock::now()) {
      if (now < end) send_due(pace, now);
      epoll_event events[128];
      const int count = epoll_wait(epoll_, events, 128, settings_.rate > 0 ? pace.wait_ms(Clock::now()) : 100);
      for (int i = 0; i < count; ++i) receive(*static_cast<Connection*>(events[i].data.ptr));
      if (ms_between(end, now) > 10000) Flags::fail("the exporter does not answer");
    }
    outcome_.print();
  }

 private:
  void open(Connection& connection) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(settings_.exporter_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      Flags::fail("cannot reach the exporter");
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }
  void send_due(Pace& pace, Time now) {
    if (settings_.rate <= 0) {
      while (!idle_.empty()) ask(now);
      return;
    }
    if (!pace.tick(now)) return;
    for (; pace.due(next_) <= now && !idle_.empty(); now = Clock::now()) {
      outcome_.lateness_ms.push_back(static_cast<float>(ms_between(pace.due(next_), now)));
      ask(now);
    }
  }
  void ask(Time now) {
    Connection& connection = *idle_.back();
    idle_.pop_back();
    connection.started = now;
    connection.answer.clear();
    const auto target = address_text(target_address(static_cast<unsigned>(next_++ % settings_.targets)));
    const std::string request = settings_.url_before + target + settings_.url_after;
    if (send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      finish(connection, false);
  }
  void receive(Connection& connection) {
    char buffer[16384];
    const auto got = recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return finish(connection, false);
    connection.answer.append(buffer, static_cast<std::size_t>(got));
    const Answer answer = judge(connection.answer);
    if (answer != Answer::partial) finish(connection, answer == Answer::good);
  }
  void finish(Connection& connection, bool good) {
    ++outcome_.probes;
    if (!good) ++outcome_.failures;
    if (!good || connection.answer.find("\r\nConnection: close") != std::string::npos) {
      close(connection.fd);
      open(connection);
    }
    outcome_.latency_ms.push_back(static_cast<float>(ms_between(connection.started, Clock::now())));
    idle_.push_back(&connection);
  }

  const Settings& settings_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  std::uint64_t next_ = 0;
  Outcome outcome_;
};

Settings read_settings(Flags& flags) {
  Settings s{};
  s.exporter_port = static_cast<std::uint16_t>(flags.number("exporter-port", 0));
  s.targets = static_cast<unsigned>(flags.number("targets", 10000));
  s.connections = static_cast<unsigned>(flags.number("connections", 100));
  s.rate = flags.number("rate", 0);
  s.seconds = flags.number("seconds", 3);
  s.tick_ms = flags.number("tick-ms", 5);
  s.url_before =
      "GET /probe?module=" + flags.text("module", "http_2xx") + "&target=" + flags.text("scheme", "http") + "://";
  s.url_after = ":" + flags.text("target-port", "80") +
                "/ HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(s.exporter_port) +
                "\r\nUser-Agent: Prometheus/2.42.0\r\nAccept: "
                "text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\nAccept-Encoding: gzip\r\n"
                "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n";
  flags.finish();
  if (s.exporter_port == 0 || s.targets == 0 || s.connections == 0)
    Flags::fail("--exporter-port, --targets, --connections must be positive");
  return s;
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  vedette::bench::Flags flags(argc, argv);
  const auto settings = vedette::bench::read_settings(flags);
  vedette::bench::Load(settings).run();
}
