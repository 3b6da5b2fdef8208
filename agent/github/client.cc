#include "github/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "github/graphql.h"
#include "net/url.h"

namespace vedette {
namespace {

constexpr int kMostHops = 5;
constexpr int kMostWarnings = 10;             // limits waited for on behalf of one question
constexpr Duration kUntilTold = seconds(60);  // for a quota whose end nobody tells
constexpr std::string_view kStopping = "the agent is stopping";

bool same_server(const Url& a, const Url& b) { return a.scheme == b.scheme && a.host == b.host && a.port == b.port; }

/// "2026-12-01 10:00:00 UTC" or with an offset like -0700.
std::optional<WallTime> parse_expiry(std::string_view text) {
  std::vector<std::string_view> words = split(trim(text), ' ');
  if (words.size() != 3) return std::nullopt;
  std::string zone(words[2]);
  if (zone == "UTC") zone = "Z";
  if (zone.size() == 5) zone.insert(3, ":");
  return parse_rfc3339(fmt::format("{}T{}{}", words[0], words[1], zone));
}

}  // namespace

struct GithubClient::Errand {
  GithubRequest request;
  std::string address;  // where it has been led to
  GithubAnswer answer;
  Duration pause{};  // before it is asked again
  int hops = 0, tries = 0, computing = 0, warnings = 0;
};

GithubClient::GithubClient(Net& net, GithubHost host, std::vector<GithubCredential> credentials, Options options,
                           Log log)
    : net_(net),
      host_(std::move(host)),
      options_(std::move(options)),
      log_(std::move(log)),
      budget_(options_.budget),
      numbers_(std::make_shared<ApiNumbers>()) {
  for (GithubCredential& one : credentials)
    logins_.push_back(std::make_unique<GithubLogin>(net_, host_, std::move(one)));
}

OwnSource GithubClient::own_metrics() const {
  return [numbers = numbers_](std::vector<OwnFamily>& families) { numbers->append_to(families); };
}

bool GithubClient::is_ours(const std::string& address) const {
  auto to = Url::parse(address), rest = Url::parse(host_.rest), graphql = Url::parse(host_.graphql);
  return to && ((rest && same_server(*to, *rest)) || (graphql && same_server(*to, *graphql)));
}

/// The credential that may ask first, once it may. Null: the agent is stopping.
Task<GithubLogin*> GithubClient::turn(const GithubRequest& request) {
  while (true) {
    GithubLogin* first = nullptr;
    Time ready = Time::max();
    for (const auto& login : logins_) {
      const Time its = budget_.ready_at(login->name(), request.resource, request.purpose, now());
      if (!first || its < ready) {
        first = login.get();
        ready = its;
      }
    }
    if (first && ready <= now()) {
      budget_.leaves(first->name(), request.resource, now());
      co_return first;
    }
    Wake why = Wake::ready;
    if (ready == Time::max()) {
      Event ended;
      waiting_.push_back(&ended);
      why = co_await ended.wait();
      std::erase(waiting_, &ended);
    } else {
      Loop::Sleep pause = net_.loop.sleep_until(ready);
      why = co_await pause;
    }
    if (why != Wake::ready) co_return nullptr;
  }
}

void GithubClient::done_with(const GithubRequest& request, const GithubLogin& login) {
  budget_.ended(login.name(), request.resource);
  if (waiting_.empty()) return;
  waiting_.front()->set();
  waiting_.pop_front();
}

Task<Fetched> GithubClient::send(Errand& errand, GithubLogin& login, std::string authorization) {
  FetchRequest request;
  request.profile = errand.request.body.empty() ? host_.get : host_.post;
  request.url = errand.address;
  request.headers.push_back("Authorization: " + authorization);
  request.body = errand.request.body;
  request.timeout = host_.timeout;
  request.most = host_.most;
  auto known = validators_.find(login.name() + " " + errand.address);
  if (errand.request.only_if_changed && known != validators_.end()) {
    const Validator& validator = known->second;
    if (!validator.etag.empty()) request.headers.push_back("If-None-Match: " + validator.etag);
    if (!validator.modified.empty()) request.headers.push_back("If-Modified-Since: " + validator.modified);
  }
  Fetched fetched = co_await fetch(net_, std::move(request));
  co_return fetched;
}

/// What every answer tells, whatever it means.
void GithubClient::note(const Errand& errand, GithubLogin& login, const Fetched& fetched,
                        const Understood& understood) {
  numbers_->count(errand.request.endpoint, fetched.status == 0 ? "none" : std::to_string(fetched.status), fetched.took);
  if (fetched.status == 0) return;
  const RateNews rate = rate_news(fetched.headers);
  if (rate.limit && rate.remaining) {
    const std::string& resource = rate.resource.empty() ? errand.request.resource : rate.resource;
    const Duration whole = rate.reset ? wait_for_reset(fetched.headers, *rate.reset, wall_now()) : kUntilTold;
    budget_.quota(login.name(), resource, *rate.limit, *rate.remaining, now() + whole);
    numbers_->rate({login.name(), resource, static_cast<double>(*rate.limit), static_cast<double>(*rate.remaining),
                    rate.reset.value_or(WallTime{})});
  }
  if (auto end = fetched.headers.find("GitHub-Authentication-Token-Expiration")) {
    if (auto at = parse_expiry(*end)) numbers_->expiry(login.name(), at);
  } else if (auto at = login.expires()) {
    numbers_->expiry(login.name(), at);
  }
  const bool taken = understood.meaning != Meaning::unauthorised && understood.meaning != Meaning::locked_out;
  if (taken) {
    login.accepted();
    budget_.accepted(login.name());
  }
  if (understood.meaning != Meaning::slow_down) budget_.went_well(now());
}

void GithubClient::remember(const Errand& errand, const GithubLogin& login, const Fetched& fetched) {
  if (!errand.request.only_if_changed) return;
  Validator validator{std::string(fetched.headers.find("ETag").value_or("")),
                      std::string(fetched.headers.find("Last-Modified").value_or(""))};
  if (validator.etag.empty() && validator.modified.empty()) return;
  if (validators_.size() >= options_.most_validators) validators_.clear();  // asked once without: that costs little
  validators_.insert_or_assign(login.name() + " " + errand.address, std::move(validator));
}

/// A login that does not work. True when another one, or a new token, may do.
bool GithubClient::login_failed(GithubLogin& login, const std::string& why, Duration wait) {
  if (login.renew()) return true;
  budget_.refused(login.name(), wait, now());
  log_.error("GitHub refuses a credential", {{"credential", login.name()}, {"why", why}});
  return !nobody_may_ask();
}

bool GithubClient::nobody_may_ask() const {
  return std::all_of(logins_.begin(), logins_.end(),
                     [this](const auto& login) { return budget_.is_refused(login->name(), now()); });
}

/// Goes where the answer points; false when that is not our server, or too far.
bool GithubClient::follow(Errand& errand, const Understood& understood) {
  auto from = Url::parse(errand.address);
  auto to = from ? from->follow(understood.location) : from;
  GithubAnswer& answer = errand.answer;
  answer.meaning = Meaning::refused;
  if (!to || !is_ours(to->text())) {
    answer.why = "it leads to another server, which must not see our credentials";
  } else if (++errand.hops > kMostHops) {
    answer.why = fmt::format("it leads on after {} redirects", kMostHops);
  } else {
    errand.address = to->text();
    if (understood.for_ever) answer.moved_to = errand.address;
    return true;
  }
  return false;
}

/// A limit was hit: true when the question waits for its end.
bool GithubClient::wait_for_limit(Errand& errand, const GithubLogin& login, const Understood& understood) {
  const bool all = understood.meaning == Meaning::slow_down;
  if (all) {
    budget_.slow_down(understood.wait, now());
  } else {
    const Duration wait = understood.wait == Duration{} ? kUntilTold : understood.wait;
    budget_.exhausted(login.name(), errand.request.resource, now() + wait);
  }
  log_.warn(all ? "GitHub asks us to slow down" : "a quota of GitHub's is used up",
            {{"credential", login.name()}, {"resource", errand.request.resource}, {"why", understood.why}});
  numbers_->count_retry(std::string(meaning_name(understood.meaning)));
  return ++errand.warnings <= kMostWarnings;
}

/// True when it must be asked again.
bool GithubClient::learn(Errand& errand, GithubLogin& login, const Fetched& fetched) {
  Understood understood = understand(fetched, wall_now());
  if (errand.request.resource == "graphql") reread_as_graphql(understood, fetched.headers, wall_now());
  note(errand, login, fetched, understood);
  GithubAnswer& answer = errand.answer;
  answer.meaning = understood.meaning;
  answer.why = understood.why;
  errand.pause = {};
  switch (understood.meaning) {
    case Meaning::page:
      answer.next = next_page(fetched.headers);
      answer.body = std::move(understood.body);
      if (!answer.next.empty() && !is_ours(answer.next)) {
        answer.meaning = Meaning::broken;
        answer.why = "the next page is on another server";
        return false;
      }
      remember(errand, login, fetched);
      return false;
    case Meaning::moved: return follow(errand, understood);
    case Meaning::unauthorised:
    case Meaning::locked_out: return login_failed(login, understood.why, understood.wait);
    case Meaning::exhausted:
    case Meaning::slow_down: return wait_for_limit(errand, login, understood);
    case Meaning::later:
      if (errand.computing >= std::ssize(options_.until_computed)) return false;
      errand.pause = options_.until_computed[static_cast<std::size_t>(errand.computing++)];
      return true;
    case Meaning::broken:
      if (++errand.tries >= options_.tries) return false;
      numbers_->count_retry("broken");
      errand.pause = jittered(errand);
      return true;
    default: return false;
  }
}

/// Doubles with each try, up to a bound; a bit more or less, so that streams that broke together do not come back so.
Duration GithubClient::jittered(const Errand& errand) const {
  Duration pause = options_.first_retry;
  for (int i = 1; i < errand.tries; ++i) pause = std::min(2 * pause, options_.longest_retry);
  const auto chance = fnv1a_32(fmt::format("{} {}", errand.address, now().time_since_epoch().count())) % 1000;
  return pause / 2 + pause * static_cast<std::int64_t>(chance) / 1000;
}

Task<GithubAnswer> GithubClient::ask(GithubRequest request) {
  Errand errand;
  const bool relative = request.address.starts_with('/');
  errand.address = relative ? host_.rest + request.address : request.address;
  errand.request = std::move(request);
  if (!is_ours(errand.address)) {
    errand.answer.meaning = Meaning::refused;
    errand.answer.why = "it is on another server, which must not see our credentials";
    co_return std::move(errand.answer);
  }
  bool asks = true;
  while (asks) {
    if (nobody_may_ask()) {
      errand.answer.meaning = Meaning::unauthorised;
      errand.answer.why = "GitHub has refused every credential; they are tried again later";
      co_return std::move(errand.answer);
    }
    GithubLogin* login = co_await turn(errand.request);
    if (!login) break;
    Result<std::string> authorization = co_await login->authorization();
    if (authorization) {
      Fetched fetched = co_await send(errand, *login, *std::move(authorization));
      asks = learn(errand, *login, fetched);
    } else {
      errand.answer.meaning = Meaning::unauthorised;
      errand.answer.why = authorization.error().message;
      asks = login_failed(*login, errand.answer.why, Duration{});
    }
    done_with(errand.request, *login);
    if (!asks) co_return std::move(errand.answer);
    Loop::Sleep pause = net_.loop.sleep_until(now() + errand.pause);
    Wake why = co_await pause;
    if (why != Wake::ready) break;
  }
  errand.answer.meaning = Meaning::broken;
  errand.answer.why = kStopping;
  co_return std::move(errand.answer);
}

}  // namespace vedette
