#include "alarm/alertmanager.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "net/url.h"

namespace vedette {
namespace {

/// What is kept of an answer: nobody needs more than its first line.
class AnswerHead final : public BodySink {
 public:
  bool take(std::string_view piece) override {
    text_.append(piece.substr(0, kMost - text_.size()));
    return text_.size() < kMost;
  }
  std::string first_line() const {
    std::string_view line = trim(text_);
    return in_quotes(trim(line.substr(0, line.find('\n'))));
  }
  bool empty() const { return trim(text_).empty(); }

 private:
  static constexpr std::size_t kMost = 4096;
  std::string text_;
};

/// All that one post needs. Tasks share it, so that the end of one takes nothing from the other.
struct Post {
  Net& net;
  Alertmanager to;
  std::string body;
  Url url;
  std::vector<std::string> credentials;
  Time deadline{};
  HttpReply reply;
  AnswerHead answer;
  Event over;          // the post is
  Event* exchanged{};  // the exchange under way is
};

HttpCall call_of(const Post& post, const IpAddress& address) {
  HttpCall call;
  call.profile = post.to.profile;
  call.verify_host = post.to.server_name.empty() ? post.url.host : post.to.server_name;
  const bool renamed = post.url.https() && call.verify_host != post.url.host;
  // As with probes: the server's name for TLS stands in the URL, and Host is written by hand.
  call.url = renamed ? post.url.text_with_host(call.verify_host) : post.url.text();
  call.host = renamed ? post.url.authority() : "";
  call.address = address;
  call.headers = post.credentials;
  call.body = &post.body;
  return call;
}

Task<void> exchange(std::shared_ptr<Post> post, IpAddress address) {
  HttpCall call = call_of(*post, address);
  call.sink = &post->answer;
  HttpSession session(post->net.http);
  co_await session.exchange(call, post->reply);
  if (post->exchanged) post->exchanged->set();
}

bool not_connected(const HttpReply& reply) { return reply.failure && reply.failure->phase == Phase::connect; }

// An address that leads nowhere must leave time for the others, so all but the last get half of what is left.
Task<void> deliver(std::shared_ptr<Post> post) {
  FamilyChoice both;
  Resolution found = co_await post->net.resolver.resolve(post->url.host, both);
  if (auto* failure = std::get_if<Failure>(&found)) {
    post->reply.failure = *failure;
    post->over.set();
    co_return;
  }
  constexpr std::size_t kMostAddresses = 4;
  std::vector<IpAddress> addresses{std::get<Resolved>(found).chosen};
  for (const IpAddress& other : std::get<Resolved>(found).all) {
    if (other != addresses.front() && addresses.size() < kMostAddresses) addresses.push_back(other);
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const bool last = i + 1 == addresses.size();
    post->reply = HttpReply{};
    Event done;
    post->exchanged = &done;
    post->net.loop.spawn(exchange(post, addresses[i]), last ? post->deadline : now() + (post->deadline - now()) / 2);
    Wake why = co_await done.wait();
    post->exchanged = nullptr;
    if (why != Wake::ready || !not_connected(post->reply)) break;
  }
  post->over.set();
}

/// Retry-After is a number of seconds or a date.
Duration asked_to_wait(const HttpHeaders& headers) {
  const std::string_view text = trim(headers.find("Retry-After").value_or(""));
  if (auto count = parse_int<std::int32_t>(text)) return seconds(std::max(*count, 0));
  if (auto date = parse_http_date(text)) return std::max(*date - wall_now(), Duration{});
  return {};
}

PostOutcome judge(const Post& post) {
  PostOutcome outcome;
  const HttpReply& reply = post.reply;
  if (reply.status / 100 == 2) {
    outcome.kind = PostOutcome::Kind::ok;  // even if the rest of the answer was lost: it had been taken
    return outcome;
  }
  if (reply.status == 0) {
    outcome.why = reply.failure ? reply.failure->sentence : "no answer";
    return outcome;
  }
  // 400: not valid; 422: not even of the right form; 413: too large.
  if (reply.status == 400 || reply.status == 413 || reply.status == 422) outcome.kind = PostOutcome::Kind::refused;
  outcome.wait = asked_to_wait(reply.headers);
  outcome.why = fmt::format("status {}", reply.status);
  if (!post.answer.empty()) outcome.why += ": " + post.answer.first_line();
  return outcome;
}

}  // namespace

Task<PostOutcome> post_alerts(Net& net, Alertmanager to, std::string body) {
  const Time begin = now();
  PostOutcome outcome;
  auto url = Url::parse(to.url + "/api/v2/alerts");
  auto credentials = to.credentials ? to.credentials() : std::vector<std::string>{};
  if (!url || !credentials) {
    outcome.why = url ? credentials.error().message : url.error().message;
    co_return outcome;
  }
  const Time deadline = begin + to.timeout;
  constexpr Duration kLastWords = milliseconds(100);  // for the exchange to say how far it had come
  auto post = std::make_shared<Post>(
      Post{net, std::move(to), std::move(body), *url, *credentials, deadline, {}, {}, {}, nullptr});
  net.loop.spawn(deliver(post), deadline + kLastWords);
  Wake why = co_await post->over.wait();
  if (why == Wake::ready) {
    outcome = judge(*post);
  } else {
    outcome.why = "the agent is stopping";
  }
  outcome.took = now() - begin;
  co_return outcome;
}

}  // namespace vedette
