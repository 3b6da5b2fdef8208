#include "probe/http_run.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "probe/http_client_options.h"
#include "probe/http_judge.h"
#include "probe/http_series.h"

namespace vedette {

constexpr int kMostRedirects = 10;

namespace {

// Credentials are kept only where they still belong: Basic and Bearer, cookies and tokens written as headers, and what
// lies in files.
bool same_site(const std::string& origin, const std::string& host) {
  return host == origin ||
         (host.size() > origin.size() && host.ends_with(origin) && host[host.size() - origin.size() - 1] == '.');
}

}  // namespace

HttpRun::HttpRun(const HttpRecipe& recipe, const Url& url, const std::string& hostname, Net& net, Trace* trace)
    : recipe_(recipe),
      options_(recipe.options),
      net_(net),
      trace_(trace),
      session_(net.http),
      body_(std::make_shared<HttpBody>(options_.compression, options_.body_size_limit,
                                       !options_.body_forbidden.empty() || !options_.body_wanted.empty())),
      url_(url),
      origin_(url.host),
      host_header_(hostname.empty() ? options_.host : hostname),
      method_(options_.method) {
  result_.readings = blank_http_readings();
  for (std::size_t phase : {kConnect, kTls, kProcessing, kTransfer}) result_.readings.set(phase, 0);
}

static Failure unreadable(const Error& error) {
  return Failure{Phase::agent, Reason::secret_unreadable, error.message};
}

// Headers that hold secrets go only where they belong, so they are no part of the shared profile.
std::optional<Failure> HttpRun::prepare_headers() {
  for (const auto& [name, value] : options_.headers) {
    if (!is_secret_header(name) && value.file().empty()) continue;
    auto text = value.reveal();
    if (!text) return unreadable(text.error());
    if (!is_header_value(*text)) return unreadable(Error{"header " + name + " would hold control characters"});
    if (name == "Cookie") {
      cookie_ = *text;
    } else if (name == "Authorization") {
      authorization_ = name + ": " + *text;
      authorized_by_header_ = true;
    } else {
      private_headers_.push_back(name + ": " + *text);
    }
  }
  return std::nullopt;
}

// Secrets and the body are read anew at each run, so that a rotated file works at once.
std::optional<Failure> HttpRun::prepare() {
  if (!options_.auth.type.empty()) {
    auto line = authorization_line(options_.auth);
    if (!line) return unreadable(line.error());
    if (!is_header_value(*line)) return unreadable(Error{"header Authorization would hold control characters"});
    authorization_ = std::move(*line);
  }
  if (auto failure = prepare_headers()) return failure;
  content_ = options_.body;
  if (options_.body_file.empty()) return std::nullopt;
  constexpr std::size_t kLargestBody = 64 << 20;
  auto body = read_file(options_.body_file, kLargestBody);
  if (!body)
    return unreadable(Error{"cannot read body_file " + in_quotes(options_.body_file) + ": " + body.error().message});
  content_ = std::move(*body);
  chunked_ = true;
  return std::nullopt;
}

// Where this hop's request goes: the address of its host, or a proxy that may look it up itself.
Task<std::optional<Failure>> HttpRun::aim() {
  address_.reset();
  proxy_.reset();
  resolve_begin_ = resolve_end_ = Time{};
  if (options_.proxy.wanted()) proxy_ = choose_proxy(options_.proxy, recipe_.environment, url_, std::nullopt);
  if (!(proxy_ && options_.skip_resolve_with_proxy)) {
    resolve_begin_ = now();
    Resolution found = co_await net_.resolver.resolve(url_.host, options_.family);
    resolve_end_ = now();
    double took = to_seconds(resolve_end_ - resolve_begin_);
    result_.readings.add(kResolve, took);
    auto* resolved = std::get_if<Resolved>(&found);
    if (redirects_ == 0) {
      result_.readings.set(kDnsLookup, took);
      result_.readings.set(kIpProtocol, !resolved ? 0 : resolved->chosen.family == Family::ip4 ? 4 : 6);
      result_.readings.set(kIpHash, resolved ? resolved->chosen.hash() : 0);
    }
    if (!resolved) co_return std::get<Failure>(found);
    address_ = resolved->chosen;
    if (trace_) say("resolved " + url_.host + " to " + address_->text());
    if (proxy_) proxy_ = choose_proxy(options_.proxy, recipe_.environment, url_, address_);
  }
  if (!proxy_) co_return std::nullopt;
  auto failure = co_await aim_proxy();
  co_return failure;
}

// The proxy's own name is looked up by us, not by libcurl's threads. Over TLS the name itself is needed.
Task<std::optional<Failure>> HttpRun::aim_proxy() {
  if (trace_) say("through the proxy " + proxy_->scheme + "://" + proxy_->authority());
  // Only CONNECT carries the address; a plain request names its target.
  if (!url_.https()) address_.reset();
  if (proxy_->https() || IpAddress::parse(proxy_->host)) co_return std::nullopt;
  FamilyChoice any;
  Resolution found = co_await net_.resolver.resolve(proxy_->host, any);
  if (auto* failure = std::get_if<Failure>(&found)) co_return *failure;
  proxy_->host = std::get<Resolved>(found).chosen.text();
  proxy_->port_written = true;
  co_return std::nullopt;
}

// The name the server must prove: the module's, else the Host header's, else the URL's own.
std::string HttpRun::server_name() const {
  bool home = url_.host == origin_;
  if (home && !options_.tls.server_name.empty()) return options_.tls.server_name;
  if (!host_header_.empty()) {
    auto parsed = Url::parse("https://" + host_header_);
    if (parsed) return parsed->host;
  }
  return url_.host;
}

HttpCall HttpRun::call() {
  HttpCall call;
  call.profile = recipe_.profile(method_, proxy_);
  call.verify_host = url_.https() ? server_name() : url_.host;
  bool renamed = url_.https() && call.verify_host != url_.host;
  // libcurl takes the server's name for TLS from the URL, so another name stands there and Host is written by hand.
  call.url = renamed ? url_.text_with_host(call.verify_host) : url_.text();
  call.host = !host_header_.empty() ? host_header_ : renamed ? url_.authority() : "";
  call.address = address_;
  // Credentials in a URL are for that URL; the module's own only for where the probe began.
  if (!(authorized_by_header_ && trusted_) && (!url_.user.empty() || !url_.password.empty())) {
    call.headers.push_back("Authorization: Basic " + base64_encode(url_.user + ":" + url_.password));
  } else if (trusted_ && !authorization_.empty()) {
    call.headers.push_back(authorization_);
  }
  if (trusted_) {
    call.headers.insert(call.headers.end(), private_headers_.begin(), private_headers_.end());
  }
  std::string cookies = trusted_ ? cookie_ : "";
  cookies_.append_header(cookies, url_);
  if (!cookies.empty()) call.headers.push_back("Cookie: " + cookies);
  if (!referer_.empty()) call.headers.push_back("Referer: " + referer_);
  call.body = content_ ? &*content_ : nullptr;
  call.chunked = chunked_;
  call.sink = body_.get();
  return call;
}

Task<ProbeResult> HttpRun::go() {
  result_.failure = prepare();
  if (result_.failure) co_return std::move(result_);
  while (true) {
    result_.failure = co_await aim();
    if (result_.failure) co_return std::move(result_);
    HttpCall request = call();
    if (trace_) say("asking " + method_ + " " + shown_address(url_.text()));
    HttpReply reply;
    body_->watch(&reply, options_.follow_redirects && redirects_ < kMostRedirects);
    co_await session_.exchange(request, reply);
    if (trace_) tell(reply);
    bool https = url_.https();  // of this hop
    bool again = (!reply.failure || reply.stopped) && leads_elsewhere(reply) && follow(reply);
    note_times(reply, https, !again);
    if (again) continue;
    co_await conclude(reply);
    co_return std::move(result_);
  }
}

// Go's rules: 301 to 303 become GET without a body, credentials stay at home, and home is left for good.
bool HttpRun::follow(const HttpReply& reply) {
  for (std::size_t i = 0; i < reply.headers.size(); ++i) {
    if (equal_ignore_case(reply.headers.name(i), "Set-Cookie")) cookies_.take(url_, reply.headers.value(i));
  }
  ++redirects_;
  result_.readings.set(kRedirects, redirects_);
  if (!options_.follow_redirects) return false;
  std::string_view location = reply.headers.find("Location").value_or("");
  if (redirects_ > kMostRedirects) {
    result_.failure = Failure{Phase::response, Reason::too_many_redirects, "more than 10 redirects"};
    return false;
  }
  auto next = url_.follow(location);
  if (!next) {
    result_.failure = Failure{Phase::response, Reason::bad_redirect,
                              "redirect to " + in_quotes(shown_address(location)) + ": " + next.error().message};
    return false;
  }
  if (trace_) say("redirected with " + std::to_string(reply.status) + " to " + shown_address(next->text()));
  bool absolute = location.find("://") != location.npos || location.starts_with("//");
  if (absolute) host_header_.clear();
  bool own_referer =
      std::any_of(options_.headers.begin(), options_.headers.end(), [](const auto& h) { return h.first == "Referer"; });
  referer_ = own_referer || (url_.https() && !next->https()) ? "" : url_.text();
  if (!same_site(origin_, next->host)) trusted_ = false;
  if (trusted_ && next->user.empty() && next->password.empty()) {
    next->user = url_.user;
    next->password = url_.password;
  }
  if (reply.status != 307 && reply.status != 308) {
    if (method_ != "GET" && method_ != "HEAD") method_ = "GET";
    content_.reset();
    chunked_ = false;
  }
  url_ = std::move(*next);
  return true;
}

// A phase that was begun and not ended still took its time, so the failing one shows how long it lasted.
void HttpRun::note_times(const HttpReply& reply, bool https, bool final) {
  const HttpTimes& t = reply.times;
  auto span = [&](std::size_t series, Time begin, Time end) {
    if (begin == Time{}) return;
    result_.readings.add(series, to_seconds((end == Time{} ? t.end : end) - begin));
  };
  span(kConnect, t.socket, t.up(https));
  if (https) span(kTls, t.tls_begin, t.tls_end);
  span(kProcessing, t.ready, t.first_byte);
  if (final) span(kTransfer, t.first_byte, t.end);
}

void HttpRun::note_tls(const HttpReply& reply) {
  const TlsFacts& tls = reply.tls;
  if (!tls.seen) return;
  constexpr double kGoZeroTime = -62135596800;  // what blackbox_exporter shows when nothing was verified
  result_.readings.set(kEarliestExpiry, to_seconds(tls.earliest_expiry));
  if (tls.chain_expiry && !options_.tls.skip_verify) {
    result_.readings.set(kChainExpiry, to_seconds(*tls.chain_expiry));
  } else if (options_.tls.skip_verify) {
    result_.readings.set(kChainExpiry, kGoZeroTime);
  }
  std::string chain;
  append_label(chain, "fingerprint_sha256", tls.leaf.fingerprint);
  append_label(chain, "issuer", tls.leaf.issuer);
  append_label(chain, "serialnumber", tls.leaf.serial);
  append_label(chain, "subject", tls.leaf.subject);
  append_label(chain, "subjectalternative", tls.leaf.names);
  std::string version, cipher;
  append_label(version, "version", tls.version);
  append_label(cipher, "cipher", tls.cipher);
  result_.infos.push_back({&kChainInfo, std::move(chain)});
  result_.infos.push_back({&kTlsCipherInfo, std::move(cipher)});
  result_.infos.push_back({&kTlsVersionInfo, std::move(version)});
}

}  // namespace vedette
