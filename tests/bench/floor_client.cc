// The floor: the least that an HTTP/1.1 probe can cost on Linux. A bare epoll and OpenSSL client that checks the status
// line and reads the whole body, and does nothing else. One connection, and with TLS one full handshake, per probe.
//
//   floor_client --port=8080 [--in-flight=32] [--seconds=3]                  closed loop
//   floor_client --port=8080 --rate=1000 [--targets=10000] [--tick-ms=5]     paced
//   floor_client --port=8443 --tls=1 [--ca=ca.pem] [--server-name=bench.test]  with --ca the chain and the name are
//   verified

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string_view>

#include "measure.h"

namespace vedette::bench {
namespace {

constexpr double kTimeoutMs = 5000;
constexpr std::size_t kMaxInFlight = 1000;

struct Settings {
  std::uint16_t port;
  unsigned targets, in_flight;
  double rate, seconds, tick_ms;
  bool tls;
  std::string ca, server_name, request;
};

enum class Step { connecting, handshake, reading, done, failed };

SSL_CTX* make_context(const Settings& settings) {
  if (!settings.tls) return nullptr;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (settings.ca.empty()) return context;
  if (SSL_CTX_load_verify_file(context, settings.ca.c_str()) != 1) Flags::fail("cannot read " + settings.ca);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return context;
}

class Probe {
 public:
  Probe(const Settings& settings, SSL_CTX* context) : settings_(settings), context_(context) {}

  /// Opens the connection; edge-triggered, so one registration serves the whole life of the socket.
  Step start(int epoll, unsigned target, Time now) {
    started_ = now;
    received_ = 0;
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return step_ = Step::failed;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(settings_.port);
    address.sin_addr.s_addr = htonl(target_address(target));
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
      return step_ = Step::failed;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = this;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event);
    return step_ = Step::connecting;
  }

  Step advance() {
    if (step_ == Step::connecting) step_ = settings_.tls ? begin_tls() : send_request();
    if (step_ == Step::handshake) step_ = shake_hands();
    if (step_ == Step::reading) step_ = read_answer();
    return step_;
  }

  void close() {
    SSL_free(ssl_);
    ssl_ = nullptr;
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  Time started() const { return started_; }
  bool open() const { return fd_ >= 0; }

 private:
  Step begin_tls() {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    SSL_set_connect_state(ssl_);
    SSL_set_tlsext_host_name(ssl_, settings_.server_name.c_str());
    if (!settings_.ca.empty()) SSL_set1_host(ssl_, settings_.server_name.c_str());
    return Step::handshake;
  }
  Step shake_hands() {
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return send_request();
    return wants_more(result) ? Step::handshake : Step::failed;
  }
  Step send_request() {
    const auto size = settings_.request.size();
    const auto sent = ssl_ == nullptr ? send(fd_, settings_.request.data(), size, MSG_NOSIGNAL)
                                      : SSL_write(ssl_, settings_.request.data(), static_cast<int>(size));
    return sent == static_cast<ssize_t>(size) ? Step::reading : Step::failed;
  }
  Step read_answer() {
    while (received_ < sizeof answer_) {
      const std::size_t room = sizeof answer_ - received_;
      const auto got = ssl_ == nullptr ? recv(fd_, answer_ + received_, room, 0)
                                       : SSL_read(ssl_, answer_ + received_, static_cast<int>(room));
      if (got <= 0) {
        const bool later = ssl_ == nullptr ? got < 0 && errno == EAGAIN : wants_more(static_cast<int>(got));
        return later ? Step::reading : Step::failed;
      }
      received_ += static_cast<std::size_t>(got);
      const Step step = judge({answer_, received_});
      if (step != Step::reading) return step;
    }
    return Step::failed;
  }
  static Step judge(std::string_view answer) {
    const auto head = answer.find("\r\n\r\n");
    if (head == std::string_view::npos) return Step::reading;
    const auto field = answer.find("\r\nContent-Length: ");
    if (answer.rfind("HTTP/1.1 200", 0) != 0 || field > head) return Step::failed;
    const auto length = std::strtoul(answer.data() + field + 18, nullptr, 10);
    return answer.size() >= head + 4 + length ? Step::done : Step::reading;
  }
  bool wants_more(int result) const {
    const int why = SSL_get_error(ssl_, result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }

  const Settings& settings_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  int fd_ = -1;
  Step step_ = Step::done;
  Time started_{};
  std::size_t received_ = 0;
  char answer_[4096];
};

/// Keeps `in_flight` probes going, or starts them at the pace, until the time is over; then waits for the rest.
class Runner {
 public:
  explicit Runner(const Settings& settings)
      : settings_(settings), context_(make_context(settings)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const std::size_t count = settings.rate > 0 ? kMaxInFlight : settings.in_flight;
    for (std::size_t i = 0; i < count; ++i) {
      probes_.push_back(std::make_unique<Probe>(settings_, context_));
      idle_.push_back(probes_.back().get());
    }
  }
  ~Runner() {
    SSL_CTX_free(context_);
    close(epoll_);
  }

  void run() {
    outcome_.begin();
    Pace pace(settings_.rate, settings_.tick_ms, outcome_.started);
    const Time end = outcome_.started + std::chrono::duration_cast<Clock::duration>(Seconds(settings_.seconds));
    for (Time now = outcome_.started; now < end || idle_.size() < probes_.size(); now = Clock::now()) {
      if (now < end) start_due(pace, now);
      epoll_event events[256];
      const int count = epoll_wait(epoll_, events, 256, settings_.rate > 0 ? pace.wait_ms(Clock::now()) : 100);
      for (int i = 0; i < count; ++i) follow(*static_cast<Probe*>(events[i].data.ptr));
      if (count == 0) give_up_on_old();
    }
    outcome_.print();
  }

 private:
  void start_due(Pace& pace, Time now) {
    if (settings_.rate <= 0) {
      while (!idle_.empty()) launch(now);
      return;
    }
    if (!pace.tick(now)) return;
    for (; pace.due(next_) <= now && !idle_.empty(); now = Clock::now()) {
      outcome_.lateness_ms.push_back(static_cast<float>(ms_between(pace.due(next_), now)));
      launch(now);
    }
  }
  void launch(Time now) {
    Probe& probe = *idle_.back();
    idle_.pop_back();
    if (probe.start(epoll_, static_cast<unsigned>(next_++ % settings_.targets), now) == Step::failed)
      finish(probe, false);
  }
  void follow(Probe& probe) {
    if (!probe.open()) return;
    const Step step = probe.advance();
    if (step == Step::done || step == Step::failed) finish(probe, step == Step::done);
  }
  void finish(Probe& probe, bool good) {
    probe.close();
    ++outcome_.probes;
    if (!good) ++outcome_.failures;
    outcome_.latency_ms.push_back(static_cast<float>(ms_between(probe.started(), Clock::now())));
    idle_.push_back(&probe);
  }
  void give_up_on_old() {
    const Time now = Clock::now();
    for (auto& probe : probes_) {
      if (probe->open() && ms_between(probe->started(), now) > kTimeoutMs) finish(*probe, false);
    }
  }

  const Settings& settings_;
  SSL_CTX* context_;
  int epoll_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::vector<Probe*> idle_;
  std::uint64_t next_ = 0;
  Outcome outcome_;
};

Settings read_settings(Flags& flags) {
  Settings s{};
  s.port = static_cast<std::uint16_t>(flags.number("port", 0));
  s.targets = static_cast<unsigned>(flags.number("targets", 10000));
  s.in_flight = static_cast<unsigned>(flags.number("in-flight", 32));
  s.rate = flags.number("rate", 0);
  s.seconds = flags.number("seconds", 3);
  s.tick_ms = flags.number("tick-ms", 5);
  s.tls = flags.number("tls", 0) != 0;
  s.ca = flags.text("ca", "");
  s.server_name = flags.text("server-name", "bench.test");
  s.request = "GET / HTTP/1.1\r\nHost: " + s.server_name + "\r\nUser-Agent: floor\r\nAccept: */*\r\n\r\n";
  flags.finish();
  if (s.port == 0 || s.targets == 0 || s.in_flight == 0)
    Flags::fail("--port, --targets and --in-flight must be positive");
  return s;
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  // OpenSSL writes without MSG_NOSIGNAL: a peer that resets must be a failed probe, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  vedette::bench::Flags flags(argc, argv);
  const auto settings = vedette::bench::read_settings(flags);
  vedette::bench::Runner(settings).run();
}
