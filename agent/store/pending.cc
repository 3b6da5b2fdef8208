#include "store/pending.h"

#include <cmath>
#include <iterator>

#include "store/connection.h"

namespace vedette {

void Pending::record(Transition transition, SavedAlarm saved) {
  transitions.push_back(std::move(transition));
  save(std::move(saved));
}

void Pending::save(SavedAlarm saved) {
  AlarmKey key(saved.target, saved.alarm);
  saves.insert_or_assign(std::move(key), std::move(saved));
}

void Pending::forget(AlarmKey key) { saves.insert_or_assign(std::move(key), std::nullopt); }

void Pending::give_back(Pending older) {
  older.transitions.insert(older.transitions.end(), std::make_move_iterator(transitions.begin()),
                           std::make_move_iterator(transitions.end()));
  transitions = std::move(older.transitions);
  saves.merge(std::move(older.saves));  // keeps what is here already, which is newer
}

std::size_t Pending::trim(std::size_t most) {
  if (transitions.size() <= most) return 0;
  const std::size_t many = transitions.size() - most;
  transitions.erase(transitions.begin(), transitions.begin() + static_cast<std::ptrdiff_t>(many));
  return many;
}

void Pending::overlay(std::vector<SavedAlarm>& stored) const {
  std::erase_if(stored, [&](const SavedAlarm& one) { return saves.contains({one.target, one.alarm}); });
  for (const auto& [key, saved] : saves) {
    if (saved) stored.push_back(*saved);
  }
}

Transition clean(Transition transition) {
  for (std::string* text : {&transition.target, &transition.alarm, &transition.reason}) *text = clean_text(*text);
  for (auto& [name, value] : transition.labels) {
    name = clean_text(name);
    value = clean_text(value);
  }
  // SQLite has no NaN.
  for (std::optional<double>* number : {&transition.value, &transition.threshold}) {
    if (*number && std::isnan(**number)) number->reset();
  }
  return transition;
}

SavedAlarm clean(SavedAlarm saved) {
  saved.target = clean_text(saved.target);
  saved.alarm = clean_text(saved.alarm);
  return saved;
}

}  // namespace vedette
