#include "net/scope.h"

#include <algorithm>

#include "net/loop.h"

namespace vedette {

void Link::unlink() {
  prev->next = next;
  next->prev = prev;
  prev = next = this;
}

void Link::insert_before(Link& other) {
  prev = other.prev;
  next = &other;
  other.prev->next = this;
  other.prev = this;
}

void Waiter::suspend(std::coroutine_handle<> task, Scope& scope) {
  task_ = task;
  scope_ = &scope;
  waiting_ = true;
  insert_before(scope.waiters_);
  if (scope.ended_) wake(scope.why_);
}

void Waiter::wake(Wake why) {
  if (!waiting_) return;
  waiting_ = false;
  why_ = why;
  unlink();
  scope_->loop_.resume_later(task_);
}

Scope::Scope(Scope& parent, Time deadline) : loop_(parent.loop_), deadline_(std::min(deadline, parent.deadline_)) {
  insert_before(parent.children_);
  if (parent.ended_) end(parent.why_);
  if (deadline_ <= now()) end(Wake::timeout);
  // A deadline inherited from the parent needs no timer: the parent's end reaches us.
  if (!ended_ && deadline_ < parent.deadline_) {
    when = deadline_;
    loop_.arm(*this);
  }
}

Scope::~Scope() { loop_.disarm(*this); }

void Scope::resume_later(std::coroutine_handle<> task) { loop_.resume_later(task); }

void Scope::end(Wake why) {
  if (ended_) return;
  ended_ = true;
  why_ = why;
  loop_.disarm(*this);
  while (!waiters_.alone()) static_cast<Waiter*>(waiters_.next)->wake(why);
  for (Link* child = children_.next; child != &children_; child = child->next) static_cast<Scope*>(child)->end(why);
}

}  // namespace vedette
