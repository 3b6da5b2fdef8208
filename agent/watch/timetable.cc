#include "watch/timetable.h"

#include <algorithm>

#include "base/text.h"

namespace vedette {

Time tick_after(Time due, Time now, Duration tick) {
  Duration wanted = std::max(due, now + Duration(1)).time_since_epoch();
  return Time((wanted + tick - Duration(1)) / tick * tick);
}

Time Timetable::slot_after(const std::string& name, Duration interval, Time now) const {
  // Neighbouring names must not lie side by side, so the hash is stirred before it is cut down to the interval.
  std::uint64_t hash = fnv1a_64(name);
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33;
  Duration phase(static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(interval.count())));
  Duration since = now - epoch_ - phase;
  std::int64_t turns = since.count() / interval.count();
  Time slot = epoch_ + phase + turns * interval;
  while (slot <= now) slot += interval;
  return slot;
}

void Timetable::enqueue(const std::shared_ptr<Turn>& turn) { slots_.push({turn->due, turn}); }

void Timetable::replace(const Plan& plan, Time now) {
  limit_ = static_cast<std::size_t>(plan.flights);
  auto before = std::move(turns_);
  turns_.clear();
  slots_ = {};
  for (const auto& job : plan.jobs) {
    auto known = before.find(job->target.name);
    std::shared_ptr<Turn> turn;
    if (known == before.end()) {
      turn = std::make_shared<Turn>();
      turn->due = slot_after(job->target.name, job->interval, now);
    } else {
      turn = known->second;
      if (turn->job->interval != job->interval) turn->due = slot_after(job->target.name, job->interval, now);
      before.erase(known);
    }
    turn->job = job;
    enqueue(turn);
    turns_.emplace(job->target.name, std::move(turn));
  }
  for (auto& [name, turn] : before) turn->gone = true;
  std::erase_if(waiting_, [](const auto& turn) { return turn->gone; });
}

void Timetable::skip(Turn& turn, std::uint64_t& counter) {
  ++counter;
  if (on_skip) on_skip(turn);
}

// To the next slot that lies ahead; slots that nobody was awake for are counted, not made up for.
void Timetable::advance(Turn& turn, Time now) {
  turn.due += turn.job->interval;
  while (turn.due <= now) {
    skip(turn, skipped_.asleep);
    turn.due += turn.job->interval;
  }
}

std::vector<Departure> Timetable::depart(Time now) {
  std::vector<Departure> departures;
  if (closed_) return departures;
  auto start = [&](const std::shared_ptr<Turn>& turn, Time due) {
    turn->running = true;
    turn->waiting = false;
    ++flights_;
    departures.push_back({turn, due});
  };
  while (!waiting_.empty() && flights_ < limit_) {
    auto turn = std::move(waiting_.front());
    waiting_.pop_front();
    start(turn, turn->due_since);
  }
  while (!slots_.empty() && slots_.top().due <= now) {
    auto turn = slots_.top().turn.lock();
    slots_.pop();
    if (!turn) continue;
    Time due = turn->due;
    advance(*turn, now);
    enqueue(turn);
    if (turn->running) {
      skip(*turn, skipped_.running);
    } else if (turn->waiting) {
      skip(*turn, skipped_.full);
    } else if (flights_ < limit_) {
      start(turn, due);
    } else {
      turn->waiting = true;
      turn->due_since = due;
      waiting_.push_back(std::move(turn));
    }
  }
  return departures;
}

void Timetable::ended(Turn& turn) {
  turn.running = false;
  --flights_;
}

Time Timetable::next() const {
  if (closed_) return Time::max();
  if (!waiting_.empty() && flights_ < limit_) return Time::min();
  return slots_.empty() ? Time::max() : slots_.top().due;
}

void Timetable::close() {
  closed_ = true;
  waiting_.clear();
}

}  // namespace vedette
