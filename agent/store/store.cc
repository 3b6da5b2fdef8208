#include "store/store.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "base/awaited.h"
#include "store/numbers.h"
#include "store/writer.h"

namespace vedette {
namespace {

constexpr Duration kFirstPause = milliseconds(200), kLongestPause = seconds(10);  // between attempts
constexpr Duration kSaveDelay = seconds(1);    // saves alone wait for more of them: each write is a turn of the disk
constexpr Duration kCheckPause = seconds(10);  // how soon an idle store sees that its database has gone

/// Where callers and the store's thread meet.
struct Inbox {
  Pending pending;
  std::size_t in_flight = 0;      // rows that are being written
  Time oldest{};                  // when the first of what is pending came
  std::uint64_t handed_over = 0;  // counts calls of record, save and forget
  std::uint64_t written = 0;      // so many of these are written
  std::deque<std::function<void()>> questions;
  bool hurry = false;     // somebody waits for all to be written: saves don't wait for more
  bool at_once = false;   // and the next attempt doesn't wait either
  bool dropping = false;  // transitions were dropped since the last write
  bool tried = false;     // to reach the database, at least once
  Answer state;           // of the last attempt
  bool stop = false, ended = false;
  Time patience_ends{};  // when a stop gives up
};

/// What the thread does next.
struct Turn {
  std::deque<std::function<void()>> questions;
  std::optional<Pending> batch;
  std::uint64_t upto = 0;  // Inbox::handed_over when the batch was taken
  bool last = false;
};

/// Filled by the store's thread; whoever asked may have gone by then.
template <class T>
using Reply = Awaited<std::optional<Result<T>>>;

}  // namespace

struct Store::State {
  State(StoreOptions o, Log l) : shown(shown_store_url(o.url)), writer(o), log(std::move(l)) {}

  void run();
  Turn next_turn();
  bool take_batch(Inbox& in, Turn& turn, Time& until) const;
  void write(Turn turn);
  void settle(const Answer& answer);
  void log_change(const Answer& answer);
  template <class T>
  Result<T> answered(const Answer& answer, T value);

  template <class F>
  void hand_over(F&& add);
  template <class T>
  Result<T> ask(Time until, std::function<Result<T>()> question);
  Result<std::vector<SavedAlarm>> load_now();
  Result<TransitionPage> transitions_now(const TransitionQuery& query, const std::optional<Position>& after);

  Awaited<Inbox> inbox;
  StoreNumbers numbers;
  const std::string shown;  // the URL for people
  std::thread thread;       // joined or let go by the destructor

  // The thread's own from here on.
  Writer writer;
  const Log log;
  bool down = false, write_failed = false;
  Duration pause = kFirstPause;
  Time next_attempt{}, next_check{}, down_since{};
  std::string last_why;
};

// The store's thread.

/// Takes what is due; else says when it will be. Everything pending goes into one transaction: a saved alarm must
/// neither be ahead of its transitions nor behind them.
bool Store::State::take_batch(Inbox& in, Turn& turn, Time& until) const {
  if (in.pending.empty()) {
    in.hurry = false;
    return false;
  }
  const bool ripe = in.hurry || in.stop || !in.pending.transitions.empty();
  const Time due = std::max(next_attempt, ripe ? Time{} : in.oldest + kSaveDelay);
  until = std::min(until, due);
  if (due > now()) return false;
  turn.batch = std::exchange(in.pending, {});
  turn.upto = in.handed_over;
  in.in_flight = turn.batch->rows();
  in.hurry = false;
  return true;
}

Turn Store::State::next_turn() {
  Turn turn;
  inbox.wait_as([&](Inbox& in) {
    if (std::exchange(in.at_once, false)) {
      pause = kFirstPause;
      next_attempt = {};
    }
    Time until = next_check;
    const bool writes = take_batch(in, turn, until);
    turn.questions = std::exchange(in.questions, {});
    turn.last = in.stop && (in.pending.empty() || now() >= in.patience_ends);
    if (in.stop) until = std::min(until, in.patience_ends);
    return writes || turn.last || !turn.questions.empty() ? Time{} : until;
  });
  return turn;
}

void Store::State::write(Turn turn) {
  const Time begin = now();
  std::size_t refused = 0;
  const Answer answer = writer.write(*turn.batch, refused);
  numbers.seconds.observe(to_seconds(now() - begin));
  (answer ? numbers.written : numbers.failed).add();
  write_failed = !answer;
  if (answer && refused > 0) {
    numbers.dropped.add(refused);
    log.error("the database takes some rows in no form: they are left out", {{"rows", std::to_string(refused)}});
  }
  settle(answer);  // before those who wait for the write may look
  const std::size_t trimmed = inbox.change([&](Inbox& in) {
    in.in_flight = 0;
    if (!answer) {
      in.pending.give_back(*std::move(turn.batch));
      return in.pending.trim(kMostPending);
    }
    in.written = turn.upto;
    in.dropping = false;
    return std::size_t{0};
  });
  numbers.dropped.add(trimmed);
}

void Store::State::log_change(const Answer& answer) {
  if (writer.take_moved())
    log.warn("the database file was moved or deleted: another is in use now", {{"store", shown}});
  if (answer && down) {
    log.info("the store is back",
             {{"store", shown}, {"after", format_duration(std::chrono::floor<seconds>(now() - down_since))}});
  } else if (!answer && !down) {
    log.warn("the store is down: what it should keep waits in memory", {{"store", shown}, {"why", answer.why}});
  }
}

/// What an attempt tells of the database. One that can be read but not written to stays down until a write succeeds.
void Store::State::settle(const Answer& answer) {
  if (answer && write_failed) return;
  log_change(answer);
  if (answer) {
    down = false;
    pause = kFirstPause;
    next_attempt = {};
    next_check = now() + kCheckPause;
  } else {
    if (!down) down_since = now();
    last_why = answer.why;
    down = true;
    next_attempt = next_check = now() + pause;
    pause = std::min(pause * 2, kLongestPause);
  }
  numbers.up = !down;
  inbox.change([&](Inbox& in) {
    in.tried = true;
    in.state = answer;
    in.state.rows.clear();
  });
}

void Store::State::run() {
  const Answer first = writer.connect();
  bool ended = first.trouble == Trouble::hopeless;
  if (ended) {
    inbox.change([&](Inbox& in) {
      in.tried = true;
      in.state = first;  // for open, which returns it
    });
  } else {
    settle(first);
  }
  while (!ended) {
    Turn turn = next_turn();
    ended = turn.last && !turn.batch;
    auto questions = std::move(turn.questions);
    if (turn.batch) {
      write(std::move(turn));
    } else if (!ended && now() >= next_check) {
      const Answer answer = writer.check();
      if (answer && write_failed) next_check = now() + kCheckPause;
      settle(answer);
    }
    for (const auto& question : questions) question();
  }
  inbox.change([](Inbox& in) { in.ended = true; });
}

/// A question that fails says that the store is down only where it cost the connection: it may just have been too slow.
template <class T>
Result<T> Store::State::answered(const Answer& answer, T value) {
  if (answer) return value;
  if (!writer.connected()) settle(answer);
  return Error{"the store " + shown + " cannot be read: " + answer.why};
}

Result<std::vector<SavedAlarm>> Store::State::load_now() {
  std::vector<SavedAlarm> saved;
  const Answer answer = writer.load(saved);
  inbox.read([&](const Inbox& in) { in.pending.overlay(saved); });
  return answered(answer, std::move(saved));
}

Result<TransitionPage> Store::State::transitions_now(const TransitionQuery& query,
                                                     const std::optional<Position>& after) {
  std::vector<StoredTransition> rows;
  const Answer answer = writer.transitions(query, after, rows);
  inbox.read([&](const Inbox& in) {
    for (StoredTransition& row : newest_matches(query, after, writer.agent(), in.pending.transitions))
      rows.push_back(std::move(row));
  });
  return answered(answer, make_page(std::move(rows), query.limit));
}

// The callers' threads.

template <class F>
void Store::State::hand_over(F&& add) {
  std::size_t dropped = 0;
  const bool first = inbox.change([&](Inbox& in) {
    if (in.pending.empty()) in.oldest = now();
    add(in.pending);
    ++in.handed_over;
    dropped = in.pending.trim(kMostPending);
    return dropped > 0 && !std::exchange(in.dropping, true);
  });
  numbers.dropped.add(dropped);
  if (first)
    log.error("too much waits for the store: the oldest transitions are dropped",
              {{"store", shown}, {"kept", std::to_string(kMostPending)}});
}

template <class T>
Result<T> Store::State::ask(Time until, std::function<Result<T>()> question) {
  auto reply = std::make_shared<Reply<T>>();
  const bool ended = inbox.change([&](Inbox& in) {
    if (in.ended) return true;
    in.questions.push_back([this, reply, until, question = std::move(question)] {
      if (now() >= until) return;  // nobody waits any more
      const bool away = down && !writer.connected();
      Result<T> answer = away ? Result<T>(Error{"the store " + shown + " is down: " + last_why}) : question();
      reply->change([&](auto& value) { value.emplace(std::move(answer)); });
    });
    return false;
  });
  if (ended) return Error{"the store is closed"};
  std::optional<Result<T>> got;
  reply->wait(until, [&](auto& value) {
    got = std::move(value);
    return got.has_value();
  });
  if (got) return *std::move(got);
  return Error{"the store " + shown + " did not answer within " + format_duration(kPatience)};
}

Store::Store(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, Log log) {
  if (std::string why = broken_store_url(options.url); !why.empty()) return Error{"the store's url " + why};
  options.agent = clean_text(options.agent);
  auto state = std::make_shared<State>(std::move(options), std::move(log));
  state->thread = std::thread([state] { state->run(); });
  auto store = std::unique_ptr<Store>(new Store(state));
  std::string hopeless;
  state->inbox.wait(now() + kPatience, [&](Inbox& in) {
    if (in.tried && in.state.trouble == Trouble::hopeless) hopeless = in.state.why;
    return in.tried;
  });
  if (!hopeless.empty()) return Error{"the store " + state->shown + " " + hopeless};
  return store;
}

Store::~Store() {
  constexpr Duration kAWhile = seconds(2);  // for the statement under way to end
  std::size_t left = 0;
  state_->inbox.change([&](Inbox& in) {
    in.stop = in.at_once = true;
    in.patience_ends = now() + kPatience;
  });
  const bool ended = state_->inbox.wait(now() + kPatience + kAWhile, [&](Inbox& in) {
    left = in.pending.rows() + in.in_flight;
    return in.ended;
  });
  if (left > 0)
    state_->log.error("the store ends before all was written",
                      {{"store", state_->shown}, {"rows", std::to_string(left)}});
  // A look-up of a name can hang for long and cannot be stopped.
  ended ? state_->thread.join() : state_->thread.detach();
}

void Store::record(Transition transition, SavedAlarm saved) {
  state_->hand_over([&](Pending& pending) { pending.record(clean(std::move(transition)), clean(std::move(saved))); });
}

void Store::save(std::vector<SavedAlarm> alarms) {
  if (alarms.empty()) return;
  state_->hand_over([&](Pending& pending) {
    for (SavedAlarm& one : alarms) pending.save(clean(std::move(one)));
  });
}

void Store::forget(std::vector<std::pair<std::string, std::string>> targets_and_alarms) {
  if (targets_and_alarms.empty()) return;
  state_->hand_over([&](Pending& pending) {
    for (const auto& [target, alarm] : targets_and_alarms) pending.forget({clean_text(target), clean_text(alarm)});
  });
}

bool Store::flush(Duration most) {
  const std::uint64_t upto = state_->inbox.change([](Inbox& in) {
    in.hurry = in.at_once = true;
    return in.handed_over;
  });
  return state_->inbox.wait(now() + most, [&](Inbox& in) { return in.written >= upto; });
}

Result<std::vector<SavedAlarm>> Store::load() {
  const Time until = now() + kPatience;
  for (;;) {
    auto saved = state_->ask<std::vector<SavedAlarm>>(until, [state = state_.get()] { return state->load_now(); });
    const bool up = state_->inbox.read([](const Inbox& in) { return static_cast<bool>(in.state); });
    if (saved || up) return saved;
    if (!state_->inbox.wait(until, [](Inbox& in) { return static_cast<bool>(in.state); })) return saved;
  }
}

Result<TransitionPage> Store::transitions(const TransitionQuery& query) {
  std::optional<Position> after;
  if (!query.after.empty()) {
    after = parse_position(query.after);
    if (!after) return Error{"this page follows none: its position is no other page's next"};
  }
  TransitionQuery asked = query;
  asked.limit = std::max<std::size_t>(1, asked.limit);
  return state_->ask<TransitionPage>(
      now() + kPatience, [state = state_.get(), asked, after] { return state->transitions_now(asked, after); });
}

OwnSource Store::own_metrics() const {
  return [state = state_](std::vector<OwnFamily>& families) {
    const std::size_t pending = state->inbox.read([](const Inbox& in) { return in.pending.rows() + in.in_flight; });
    state->numbers.append(families, pending);
  };
}

}  // namespace vedette
