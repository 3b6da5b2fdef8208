#include "alarm/outbox.h"

#include <algorithm>

namespace vedette {

void Outbox::add(const std::string& key) {
  news_.insert(key);
  again_.erase(key);
  fresh_ = true;
}

void Outbox::drop(const std::string& key) {
  for (std::set<std::string>* keys : {&news_, &again_, &refused_, &doubtful_}) keys->erase(key);
  auto its = [&](const Item& item) { return item.key == key; };
  std::erase_if(flying_, its);
  for (Batch& piece : pieces_) std::erase_if(piece, its);
  std::erase_if(pieces_, [](const Batch& piece) { return piece.empty(); });
}

void Outbox::begin_round(const std::vector<std::string>& keys, Time now) {
  again_.clear();
  for (const std::string& key : keys) {
    if (!news_.contains(key)) again_.insert(key);
  }
  vouched_ = false;
  round_ = now + pace_.resend;
}

Time Outbox::next() const {
  const bool idle = vouched_ && pieces_.empty() && news_.empty() && again_.empty();
  if (idle) return round_;
  if (backoff_ == Duration{}) return Time::min();
  return std::max(asked_, fresh_ ? retry_news_ : retry_);
}

void Outbox::collect(const std::set<std::string>& from, bool news) {
  for (const std::string& key : from) {
    if (flying_.size() == kMostInPost) return;
    if (!refused_.contains(key)) flying_.push_back({key, news});
  }
}

const Outbox::Batch& Outbox::take() {
  flying_.clear();
  if (must_greet()) return flying_;
  if (!pieces_.empty()) {
    flying_ = std::move(pieces_.back());
    pieces_.pop_back();
    return flying_;
  }
  collect(news_, true);
  collect(again_, false);
  if (flying_.empty() && !news_.empty()) {
    flying_.push_back({*news_.begin(), true});
  } else if (flying_.empty() && !again_.empty()) {
    flying_.push_back({*again_.begin(), false});
  }
  for (const Item& item : flying_) (item.news ? news_ : again_).erase(item.key);
  return flying_;
}

void Outbox::halve() {
  const auto middle = flying_.begin() + static_cast<std::ptrdiff_t>(flying_.size() / 2);
  pieces_.emplace_back(middle, flying_.end());
  pieces_.emplace_back(flying_.begin(), middle);
  flying_.clear();
}

void Outbox::taken() {
  for (const Item& item : flying_) refused_.erase(item.key);
  flying_.clear();
  doubtful_.clear();
  vouched_ = true;
  greet_first_ = false;
  backoff_ = Duration{};
}

bool Outbox::refused() {
  if (flying_.size() > 1) {
    halve();
    return false;
  }
  if (flying_.empty()) return false;
  const std::string key = flying_.front().key;
  flying_.clear();
  if (!vouched_) doubtful_.insert(key);
  return refused_.insert(key).second;
}

void Outbox::put_back(const Batch& batch) {
  for (const Item& item : batch) {
    if (item.news) {
      again_.erase(item.key);
      news_.insert(item.key);
    } else if (!news_.contains(item.key)) {
      again_.insert(item.key);
    }
  }
}

void Outbox::failed(Time now, Duration asked_to_wait) {
  put_back(flying_);
  flying_.clear();
  for (const Batch& piece : pieces_) put_back(piece);
  pieces_.clear();
  if (!doubtful_.empty()) greet_first_ = true;
  news_.merge(doubtful_);
  doubtful_.clear();
  vouched_ = false;
  fresh_ = false;
  backoff_ = backoff_ == Duration{} ? pace_.first_retry : std::min(2 * backoff_, pace_.longest_retry);
  retry_ = now + backoff_;
  retry_news_ = now + std::min(pace_.first_retry, backoff_);
  asked_ = now + std::min(asked_to_wait, std::max(pace_.resend, pace_.longest_retry));
}

void Outbox::hurry(Time now) {
  retry_ = std::min(retry_, now);
  retry_news_ = std::min(retry_news_, now);
}

bool Outbox::holds_news(const std::string& key) const {
  auto its = [&](const Item& item) { return item.news && item.key == key; };
  return news_.contains(key) || doubtful_.contains(key) || std::any_of(flying_.begin(), flying_.end(), its) ||
         std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Batch& piece) { return std::any_of(piece.begin(), piece.end(), its); });
}

std::size_t Outbox::untold() const {
  auto count = [&](const Batch& batch) {
    return static_cast<std::size_t>(std::count_if(
        batch.begin(), batch.end(), [&](const Item& item) { return item.news && !news_.contains(item.key); }));
  };
  std::size_t sum = news_.size() + count(flying_);
  for (const Batch& piece : pieces_) sum += count(piece);
  return sum;
}

}  // namespace vedette
