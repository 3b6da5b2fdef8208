// The second half of a run: what its last answer means, as numbers and as a story.

#include "base/text.h"
#include "net/url.h"
#include "net/worker.h"
#include "probe/http_judge.h"
#include "probe/http_run.h"
#include "probe/http_series.h"

namespace vedette {
namespace {

// A trace is for people, and its texts come from anybody: eleven hops of these stay below 1 MiB.
constexpr std::size_t kLongestFact = 4096;

std::string count(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

}  // namespace

void HttpRun::say(std::string line) { trace_->lines.push_back(shortened(std::move(line), kLongestFact)); }

void HttpRun::note_answer(const HttpReply& reply) {
  Readings& readings = result_.readings;
  readings.set(kStatus, reply.status);
  readings.set(kContentLength, static_cast<double>(reply.content_length));
  readings.set(kBodyLength, static_cast<double>(body_->length()));
  readings.set(kVersion, reply.version);
  readings.set(kSsl, url_.https() ? 1 : 0);
  if (auto text = reply.headers.find("Last-Modified")) {
    if (auto date = parse_http_date(*text)) readings.set(kLastModified, to_seconds(*date));
  }
}

Task<void> HttpRun::conclude(const HttpReply& reply) {
  if (!reply.failure) body_->end();  // an answer that was cut says so itself
  note_tls(reply);
  if (reply.status == 0) {
    if (!result_.failure) result_.failure = reply.failure;
    co_return;
  }
  note_answer(reply);
  if (result_.failure) co_return;  // a redirect that could not be followed
  co_await judge(reply);
  if (trace_ && !url_.https() && options_.fail_if_not_ssl) say("Final request was not over SSL");
}

// A search takes as long as its text, for some patterns a second for the largest: too long for the loop.
Task<void> HttpRun::judge(const HttpReply& reply) {
  constexpr std::size_t kSmall = 256 << 10;
  HttpVerdict verdict;
  if (body_->text().size() <= kSmall) {
    verdict = judge_http(options_, reply, *body_, url_.https());
  } else {
    struct Judging {
      std::shared_ptr<const Recipe> recipe;  // owns the options
      HttpReply reply;
      std::shared_ptr<HttpBody> body;
      HttpVerdict verdict;
    };
    auto judging = std::make_shared<Judging>(Judging{recipe_.shared_from_this(), reply, body_, {}});
    auto job = [judging, options = &options_, https = url_.https()] {
      judging->verdict = judge_http(*options, judging->reply, *judging->body, https);
    };
    Wake why = co_await on_a_worker(net_.loop, job);
    if (why == Wake::ready) {
      verdict = std::move(judging->verdict);
    } else if (why == Wake::timeout) {
      verdict.failure = Failure{Phase::check, Reason::timeout, "the probe's timeout ended the search in the body"};
    } else {
      verdict.failure = Failure{Phase::agent, Reason::internal, "the agent ended before the probe did"};
    }
  }
  result_.readings.set(kRegex, verdict.regex ? 1 : 0);
  result_.failure = std::move(verdict.failure);
}

void HttpRun::tell(const HttpReply& reply) {
  const HttpTimes& t = reply.times;
  Step step;
  step.title = shortened(method_ + " " + shown_address(url_.text()), kLongestFact);
  auto span = [&](std::string_view phase, Time begin, Time end) {
    if (begin == Time{}) return;
    step.spans.push_back({phase, begin - trace_->began, (end == Time{} ? t.end : end) - begin});
  };
  span("resolve", resolve_begin_, resolve_end_);
  span("connect", t.socket, t.up(url_.https()));
  span("tls", t.tls_begin, t.tls_end);
  span("processing", t.ready, t.first_byte);
  span("transfer", t.first_byte, t.end);
  auto fact = [&](std::string name, std::string value) {
    step.facts.emplace_back(std::move(name), shortened(std::move(value), kLongestFact));
  };
  if (address_) fact("address", address_->text());
  if (proxy_) fact("proxy", proxy_->scheme + "://" + proxy_->authority());
  if (reply.status != 0) {
    char version[16];
    std::snprintf(version, sizeof version, reply.version >= 2 ? "%.0f" : "%.1f", reply.version);
    fact("answer", "HTTP/" + std::string(version) + " " + std::to_string(reply.status));
    if (auto location = reply.headers.find("Location")) fact("location", shown_address(*location));
    fact("body", count(body_->length()));
    say("answered " + std::to_string(reply.status) + " with " + count(body_->length()));
  }
  if (reply.tls.seen) {
    const CertificateFacts& leaf = reply.tls.leaf;
    fact("tls", reply.tls.version + " " + reply.tls.cipher);
    fact("certificate", leaf.subject);
    fact("issuer", leaf.issuer);
    fact("names", leaf.names_and_addresses());
    fact("valid", format_utc(leaf.not_before) + " to " + format_utc(leaf.not_after));
    auto wrong = certificate_failure(reply.tls, server_name());
    fact("verified", wrong ? wrong->sentence : "yes");
  }
  if (reply.failure) {
    fact("failure", reply.failure->sentence);
    say("failed: " + reply.failure->sentence);
  }
  trace_->steps.push_back(std::move(step));
}

}  // namespace vedette
