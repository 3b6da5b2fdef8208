#include "alarm/notifier.h"

#include <algorithm>
#include <map>
#include <utility>

#include "alarm/outbox.h"
#include "alarm/peer_numbers.h"
#include "base/guarded.h"
#include "page/alerts_json.h"

namespace vedette {
namespace {

// More than 64 alerts with ordinary texts ever need; Alertmanager itself knows no limit.
constexpr std::size_t kMostBytes = 1 << 20;

/// What somebody waits for, or the time is over.
class Nap final : private Timer {
 public:
  Nap(Loop& loop, Time until) : loop_(loop) {
    when = until;
    loop_.arm(*this);
  }
  ~Nap() override { loop_.disarm(*this); }
  void end() { over_.set(); }
  Event::Wait wait() { return over_.wait(); }

 private:
  void fire() override { end(); }
  Loop& loop_;
  Event over_;
};

struct Peer {
  Peer(Alertmanager its, Outbox::Pace pace)
      : to(std::move(its)), outbox(pace), numbers(std::make_shared<PeerNumbers>(to.name)) {}

  void wake() {
    numbers->pending = outbox.untold();
    if (nap) nap->end();
  }

  Alertmanager to;
  Outbox outbox;
  std::shared_ptr<PeerNumbers> numbers;
  Nap* nap = nullptr;  // while it waits
  bool gone = false;
  bool failing = false;
  Time failing_since{};
};

struct Entry {
  Alert alert;
  Time ended{};  // when we heard of its end; zero: it is on
  bool on() const { return alert.ends == WallTime{}; }
};

/// The alert's identity, whatever the order of its labels.
std::string key_of(const Alert& alert) {
  Labels labels = alert.labels;
  std::sort(labels.begin(), labels.end());
  return label_text(labels);
}

std::size_t size_of(const Alert& alert) {
  std::size_t size = alert.link.size() + 128;
  for (const Labels* texts : {&alert.labels, &alert.annotations}) {
    for (const auto& [name, value] : *texts) size += name.size() + value.size() + 8;
  }
  return size;
}

}  // namespace

struct Notifier::State : std::enable_shared_from_this<State> {
  State(Net& with, Log to, Options wanted) : net(with), log(std::move(to)), options(wanted) {}

  void put(const std::string& key, Alert alert);
  void end(const std::string& key, WallTime at);
  void tell(const std::string& key);
  void erase_old();
  std::vector<std::string> keys() const;
  void publish();
  void welcome(const std::shared_ptr<Peer>& peer);
  std::vector<Alert> next_post(Peer& peer);
  void settle(Peer& peer, const PostOutcome& outcome, const std::vector<Alert>& alerts);
  void note_failure(Peer& peer, const std::string& why);
  void note_success(Peer& peer);
  bool all_told() const;

  static Task<void> serve(std::shared_ptr<State> self, std::shared_ptr<Peer> peer);
  static Task<Wake> await_work(std::shared_ptr<State> self, std::shared_ptr<Peer> peer);
  static Task<void> tidy(std::shared_ptr<State> self);
  static Task<void> flush(std::shared_ptr<State> self, Time until);

  Net& net;
  Log log;
  Options options;
  bool started = false;
  std::map<std::string, Entry> entries;      // by key_of()
  std::map<std::string, std::string> named;  // the caller's key -> key_of()
  std::vector<std::shared_ptr<Peer>> peers;
  std::vector<Nap*> flushes;  // those who wait until all is told
  std::shared_ptr<Published<std::vector<std::shared_ptr<PeerNumbers>>>> shown =
      std::make_shared<Published<std::vector<std::shared_ptr<PeerNumbers>>>>();
};

void Notifier::State::tell(const std::string& key) {
  for (const auto& peer : peers) {
    peer->outbox.add(key);
    peer->wake();
  }
}

void Notifier::State::put(const std::string& key, Alert alert) {
  Entry& entry = entries[key];
  // A clock that was put back must not make an alert that ends before it begins: that is refused.
  if (alert.ends != WallTime{} && alert.starts > alert.ends) alert.starts = alert.ends;
  const bool same =
      entry.alert.labels == alert.labels && entry.alert.starts == alert.starts && entry.alert.ends == alert.ends;
  entry.alert = std::move(alert);
  if (same) return;  // at most its text has changed
  entry.ended = entry.on() ? Time{} : now();
  tell(key);
}

void Notifier::State::end(const std::string& key, WallTime at) {
  auto found = entries.find(key);
  if (found == entries.end() || !found->second.on()) return;
  Alert over = found->second.alert;
  over.ends = at;
  put(key, std::move(over));
}

std::vector<std::string> Notifier::State::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, entry] : entries) {
    if (entry.on() || now() - entry.ended <= options.remember) all.push_back(key);
  }
  return all;
}

void Notifier::State::erase_old() {
  const Time current = now();
  std::set<std::string> gone;
  for (const auto& [key, entry] : entries) {
    if (entry.on() || current - entry.ended <= options.remember) continue;
    auto unheard = [&name = key](const auto& peer) { return peer->outbox.holds_news(name); };
    const bool wanted = std::any_of(peers.begin(), peers.end(), unheard);
    if (!wanted || current - entry.ended > options.keep) gone.insert(key);
  }
  for (const std::string& key : gone) {
    for (const auto& peer : peers) peer->outbox.drop(key);
    entries.erase(key);
  }
  std::erase_if(named, [&](const auto& name) { return gone.contains(name.second); });
}

void Notifier::State::publish() {
  auto numbers = std::make_shared<std::vector<std::shared_ptr<PeerNumbers>>>();
  for (const auto& peer : peers) numbers->push_back(peer->numbers);
  shown->put(std::move(numbers));
}

void Notifier::State::welcome(const std::shared_ptr<Peer>& peer) {
  for (const std::string& key : keys()) peer->outbox.add(key);
  peer->numbers->pending = peer->outbox.untold();
  if (started) net.loop.spawn(serve(shared_from_this(), peer));
}

// What is on is promised for a while, so that it ends by itself when nobody tells of it any more.
std::vector<Alert> Notifier::State::next_post(Peer& peer) {
  const Duration lease = 4 * std::max<Duration>(options.resend, seconds(60));
  while (true) {
    std::vector<Alert> alerts;
    std::size_t size = 0;
    for (const Outbox::Item& item : peer.outbox.take()) {
      auto found = entries.find(item.key);
      if (found == entries.end()) continue;
      Alert alert = found->second.alert;
      if (alert.ends == WallTime{}) alert.ends = std::max(wall_now(), alert.starts) + lease;
      size += size_of(alert);
      alerts.push_back(std::move(alert));
    }
    if (size <= kMostBytes || alerts.size() < 2) return alerts;
    peer.outbox.halve();
  }
}

void Notifier::State::note_failure(Peer& peer, const std::string& why) {
  peer.numbers->up = 0;
  if (peer.failing) return;
  peer.failing = true;
  peer.failing_since = now();
  log.warn("cannot tell an alertmanager of alarms",
           {{"alertmanager", peer.to.name}, {"error", why}, {"untold", std::to_string(peer.outbox.untold())}});
}

void Notifier::State::note_success(Peer& peer) {
  peer.numbers->up = 1;
  if (!peer.failing) return;
  peer.failing = false;
  const auto lasted = std::chrono::round<seconds>(now() - peer.failing_since);
  log.info("alertmanager takes alarms again", {{"alertmanager", peer.to.name}, {"after", format_duration(lasted)}});
}

void Notifier::State::settle(Peer& peer, const PostOutcome& outcome, const std::vector<Alert>& alerts) {
  peer.numbers->seconds.observe(to_seconds(outcome.took));
  if (outcome.kind == PostOutcome::Kind::ok) {
    peer.numbers->ok.add();
    peer.outbox.taken();
    note_success(peer);
  } else if (outcome.kind == PostOutcome::Kind::refused && !alerts.empty()) {
    peer.numbers->refused.add();
    if (peer.outbox.refused()) {
      log.warn("alertmanager refuses an alert",
               {{"alertmanager", peer.to.name}, {"error", outcome.why}, {"labels", label_text(alerts.front().labels)}});
    }
  } else {
    peer.numbers->failed.add();
    peer.outbox.failed(now(), outcome.wait);
    note_failure(peer, outcome.why);
  }
  peer.numbers->pending = peer.outbox.untold();
  for (Nap* waiting : flushes) waiting->end();
}

Task<Wake> Notifier::State::await_work(std::shared_ptr<State> self, std::shared_ptr<Peer> peer) {
  Loop& loop = self->net.loop;
  while (!peer->gone && peer->outbox.next() > now()) {
    Nap nap(loop, peer->outbox.next());
    peer->nap = &nap;
    Wake why = co_await nap.wait();
    peer->nap = nullptr;
    if (why != Wake::ready) co_return why;
    // Whoever speaks in the same turn shares the post.
    why = co_await loop.sleep_until(now());
    if (why != Wake::ready) co_return why;
  }
  co_return Wake::ready;
}

Task<void> Notifier::State::serve(std::shared_ptr<State> self, std::shared_ptr<Peer> peer) {
  Wake why = co_await self->net.loop.sleep_until(now());
  while (why == Wake::ready && !peer->gone) {
    if (peer->outbox.round_is_due(now())) peer->outbox.begin_round(self->keys(), now());
    std::vector<Alert> alerts = self->next_post(*peer);
    std::string body = alerts_json(alerts);
    PostOutcome outcome = co_await post_alerts(self->net, peer->to, std::move(body));
    current_scope asked;
    Scope& scope = co_await asked;
    if (scope.ended() || peer->gone) co_return;
    self->settle(*peer, outcome, alerts);
    why = co_await await_work(self, peer);
  }
}

Task<void> Notifier::State::tidy(std::shared_ptr<State> self) {
  Wake why = Wake::ready;
  while (why == Wake::ready) {
    self->erase_old();
    why = co_await self->net.loop.sleep_until(now() + self->options.resend);
  }
}

bool Notifier::State::all_told() const {
  return std::all_of(peers.begin(), peers.end(), [](const auto& peer) { return peer->outbox.untold() == 0; });
}

Task<void> Notifier::State::flush(std::shared_ptr<State> self, Time until) {
  for (const auto& peer : self->peers) {
    peer->outbox.hurry(now());
    peer->wake();
  }
  Wake why = Wake::ready;
  while (why == Wake::ready && !self->all_told() && now() < until) {
    Nap nap(self->net.loop, until);
    self->flushes.push_back(&nap);
    why = co_await nap.wait();
    std::erase(self->flushes, &nap);
  }
}

Notifier::Notifier(Net& net, Log log) : Notifier(net, std::move(log), Options{}) {}

Notifier::Notifier(Net& net, Log log, Options options)
    : state_(std::make_shared<State>(net, std::move(log), options)) {}

Notifier::~Notifier() { replace({}); }

void Notifier::replace(std::vector<Alertmanager> peers) {
  std::vector<std::shared_ptr<Peer>> before = std::exchange(state_->peers, {});
  const Outbox::Pace pace{state_->options.resend, state_->options.first_retry, state_->options.longest_retry};
  for (Alertmanager& wanted : peers) {
    auto has_its_url = [&](const auto& peer) { return peer->to.url == wanted.url; };
    if (std::any_of(state_->peers.begin(), state_->peers.end(), has_its_url)) continue;
    auto known = std::find_if(before.begin(), before.end(), has_its_url);
    if (known != before.end()) {
      (*known)->to = std::move(wanted);
      state_->peers.push_back(*known);
      before.erase(known);
    } else {
      state_->peers.push_back(std::make_shared<Peer>(std::move(wanted), pace));
      state_->welcome(state_->peers.back());
    }
  }
  for (const auto& peer : before) {
    peer->gone = true;
    peer->wake();
  }
  state_->publish();
}

void Notifier::raise(const std::string& key, Alert alert) {
  alert.ends = WallTime{};
  std::string its = key_of(alert);
  std::string& known = state_->named[key];
  if (!known.empty() && known != its) state_->end(known, wall_now());
  known = its;
  state_->put(its, std::move(alert));
}

void Notifier::resolve(const std::string& key, Alert alert) {
  std::string its = key_of(alert);
  auto known = state_->named.find(key);
  if (known != state_->named.end() && known->second != its) return state_->end(known->second, alert.ends);
  auto entry = state_->entries.find(its);
  const bool told = entry != state_->entries.end();
  if (told && !entry->second.on()) return;  // it ended when it did
  if (alert.starts == WallTime{}) alert.starts = told ? entry->second.alert.starts : alert.ends;
  state_->named[key] = its;
  state_->put(its, std::move(alert));
}

void Notifier::forget(const std::string& key, WallTime now) {
  auto known = state_->named.find(key);
  if (known == state_->named.end()) return;
  state_->end(known->second, now);
  state_->named.erase(known);
}

void Notifier::start() {
  state_->started = true;
  state_->net.loop.spawn(State::tidy(state_));
  for (const auto& peer : state_->peers) state_->net.loop.spawn(State::serve(state_, peer));
}

Task<void> Notifier::flush(Time until) { return State::flush(state_, until); }

OwnSource Notifier::own_metrics() const {
  return [shown = state_->shown](std::vector<OwnFamily>& families) {
    if (auto peers = shown->get()) append_peer_families(*peers, families);
  };
}

}  // namespace vedette
