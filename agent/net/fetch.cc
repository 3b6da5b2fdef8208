#include "net/fetch.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "net/decoder.h"
#include "net/url.h"

namespace vedette {
namespace {

Compression compression_of(const HttpHeaders& headers) {
  const std::string_view name = trim(headers.find("Content-Encoding").value_or(""));
  if (equal_ignore_case(name, "gzip") || equal_ignore_case(name, "x-gzip")) return Compression::gzip;
  if (equal_ignore_case(name, "br")) return Compression::brotli;
  return Compression::none;
}

/// The body, unpacked as the answer's header says, up to a bound.
class WholeBody final : public BodySink {
 public:
  WholeBody(const HttpReply& reply, std::size_t most) : reply_(reply), most_(most) {}

  bool take(std::string_view piece) override {
    if (!decoder_) decoder_.emplace(compression_of(reply_.headers));
    return passes(decoder_->feed(piece, [this](std::string_view out) { return keep(out); }));
  }
  bool waits() const override { return decoder_ && decoder_->waits(); }
  bool go_on() override {
    return passes(decoder_->go_on([this](std::string_view out) { return keep(out); }));
  }

  /// Why it is not whole though the exchange ended well; empty: it is.
  std::string_view fault() const {
    if (!decoder_) return "";
    const Decoder::State state = decoder_->state();
    if (state == Decoder::State::broken) return "the body cannot be unpacked";
    const bool packed = compression_of(reply_.headers) != Compression::none;
    return packed && state == Decoder::State::more ? "the packed body has no end" : "";
  }

  std::string text;
  bool cut = false;

 private:
  bool keep(std::string_view out) {
    cut = out.size() > most_ - text.size();
    text.append(out.substr(0, most_ - text.size()));
    return !cut;
  }
  static bool passes(Decoder::State state) { return state == Decoder::State::more || state == Decoder::State::ended; }

  const HttpReply& reply_;
  const std::size_t most_;
  std::optional<Decoder> decoder_;
};

/// What is asked, for all addresses that are tried.
struct Errand {
  Net& net;
  const FetchRequest request;
  const Url url;
  const Time deadline;
};

/// One address. Shared by who waits for it and who does it, so that neither takes anything from the other.
struct Attempt {
  explicit Attempt(std::size_t most) : body(reply, most) {}

  HttpReply reply;
  WholeBody body;
  Event* told{};  // set at its end, and when it has taken too long to connect
  bool over = false;

  bool connected() const { return reply.times.tcp != Time{} || reply.status != 0; }
};

HttpCall call_of(const Errand& errand, const IpAddress& address) {
  HttpCall call;
  call.profile = errand.request.profile;
  call.verify_host = errand.request.server_name.empty() ? errand.url.host : errand.request.server_name;
  const bool renamed = errand.url.https() && call.verify_host != errand.url.host;
  // As with probes: the server's name for TLS stands in the URL, and Host is written by hand.
  call.url = renamed ? errand.url.text_with_host(call.verify_host) : errand.url.text();
  call.host = renamed ? errand.url.authority() : "";
  call.address = address;
  call.headers = errand.request.headers;
  if (!errand.request.body.empty()) call.body = &errand.request.body;
  return call;
}

Task<void> exchange(std::shared_ptr<const Errand> errand, std::shared_ptr<Attempt> attempt, IpAddress address) {
  HttpCall call = call_of(*errand, address);
  call.sink = &attempt->body;
  HttpSession session(errand->net.http);
  co_await session.exchange(call, attempt->reply);
  attempt->over = true;
  if (attempt->told) attempt->told->set();
}

/// An address that leads nowhere must leave time for the others. One that has answered its call has all there is.
Task<void> lose_patience(std::shared_ptr<const Errand> errand, std::shared_ptr<Attempt> attempt, Time until) {
  Loop::Sleep pause = errand->net.loop.sleep_until(until);
  Wake why = co_await pause;
  if (why == Wake::ready && !attempt->connected() && attempt->told) attempt->told->set();
}

/// How far it has come. Who asked may go before its end.
struct Progress {
  std::shared_ptr<Attempt> attempt;  // the last; null: the name led nowhere
  std::optional<Failure> no_address;
  Event over;
};

bool not_connected(const HttpReply& reply) { return reply.failure && reply.failure->phase == Phase::connect; }

Task<void> try_addresses(std::shared_ptr<const Errand> errand, std::shared_ptr<Progress> progress) {
  FamilyChoice both;
  Resolution found = co_await errand->net.resolver.resolve(errand->url.host, both);
  if (auto* failure = std::get_if<Failure>(&found)) {
    progress->no_address = *failure;
    co_return;
  }
  constexpr std::size_t kMostAddresses = 4;
  std::vector<IpAddress> addresses{std::get<Resolved>(found).chosen};
  for (const IpAddress& other : std::get<Resolved>(found).all) {
    if (other != addresses.front() && addresses.size() < kMostAddresses) addresses.push_back(other);
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto attempt = std::make_shared<Attempt>(errand->request.most);
    progress->attempt = attempt;
    Event told;
    attempt->told = &told;
    errand->net.loop.spawn(exchange(errand, attempt, addresses[i]), errand->deadline);
    const Time half = now() + (errand->deadline - now()) / 2;
    const bool last = i + 1 == addresses.size();
    if (!last) errand->net.loop.spawn(lose_patience(errand, attempt, half), errand->deadline);
    Wake why = co_await told.wait();
    attempt->told = nullptr;
    const bool next = !attempt->over || not_connected(attempt->reply);
    if (why != Wake::ready || !next) co_return;
  }
}

Task<void> run(std::shared_ptr<const Errand> errand, std::shared_ptr<Progress> progress) {
  co_await try_addresses(errand, progress);
  progress->over.set();
}

Fetched outcome_of(const Progress& progress) {
  Fetched fetched;
  if (!progress.attempt) {
    fetched.why = progress.no_address ? progress.no_address->sentence : "no address was found in time";
    return fetched;
  }
  Attempt& attempt = *progress.attempt;
  HttpReply& reply = attempt.reply;
  fetched.status = reply.status;
  fetched.why = attempt.body.fault();
  fetched.cut = attempt.body.cut;
  fetched.body = std::move(attempt.body.text);
  if (fetched.cut) {
    fetched.why = "the answer is too large";
  } else if (reply.failure) {
    fetched.why = reply.failure->sentence;
  } else if (reply.status == 0) {
    fetched.why = "no answer";
  }
  fetched.headers = std::move(reply.headers);
  return fetched;
}

}  // namespace

Task<Fetched> fetch(Net& net, FetchRequest request) {
  const Time begin = now();
  Fetched fetched;
  auto url = Url::parse(request.url);
  if (!url) {
    fetched.why = url.error().message;
    co_return fetched;
  }
  const Time deadline = begin + request.timeout;
  constexpr Duration kLastWords = milliseconds(100);  // for the exchange to say how far it had come
  auto errand = std::make_shared<const Errand>(Errand{net, std::move(request), *std::move(url), deadline});
  auto progress = std::make_shared<Progress>();
  net.loop.spawn(run(errand, progress), deadline + kLastWords);
  Wake why = co_await progress->over.wait();
  if (why == Wake::ready) {
    fetched = outcome_of(*progress);
  } else {
    fetched.why = "the agent is stopping";
  }
  fetched.took = now() - begin;
  co_return fetched;
}

Duration asked_to_wait(const HttpHeaders& headers, WallTime at) {
  const std::string_view text = trim(headers.find("Retry-After").value_or(""));
  if (auto count = parse_int<std::int32_t>(text)) return seconds(std::max(*count, 0));
  if (auto date = parse_http_date(text)) return std::max(*date - at, Duration{});
  return {};
}

}  // namespace vedette
