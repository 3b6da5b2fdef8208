#pragma once
// What a function returns when it may fail: a value, or an Error that says why. Nothing in vedette throws;
// doors to libraries that throw catch there and return one of these.
//
//   Result<int> port = parse_port(text);
//   if (!port) return port.error();
//   use(*port);

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace vedette {

/// vedette failed at its own work. One sentence: lower case, no full stop, no secrets.
struct Error {
  std::string message;
};

/// A T, or the Error that kept us from it. Shaped like std::expected, which g++ 12 does not have in C++20.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return value(); }
  const T& operator*() const& { return const_cast<Result*>(this)->value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->value(); }
  const Error& error() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace vedette
