#pragma once
// JSON of others, read without exceptions: what is missing or of another type than asked for is nothing, never an error
// that stops the reading of the rest.
//
//   auto answer = Json::parse(body);
//   if (!answer) return answer.error();
//   for (Json issue : answer->items()) use(issue.at("user").at("id").integer());

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette {

/// Cheap to copy; keeps its document alive.
class Json {
 public:
  /// Deeper nesting is an error: nobody's answer needs it.
  static constexpr int kMostDepth = 64;

  /// Nothing.
  Json() = default;
  /// One value and nothing behind it, in UTF-8.
  static Result<Json> parse(std::string_view text);

  bool present() const { return value_ != nullptr; }  // null is there, too
  bool is_null() const;
  bool is_list() const;
  bool is_map() const;

  /// The member of that name; nothing where there is none, or this is no map. Of a name given twice, the last counts.
  Json at(std::string_view key) const;
  /// The elements of a list, or none.
  std::vector<Json> items() const;
  /// The members of a map by name, or none.
  std::vector<std::pair<std::string, Json>> members() const;

  std::optional<std::string> text() const;
  std::optional<std::int64_t> integer() const;  // also one that is written 12.0
  std::optional<double> number() const;
  std::optional<bool> flag() const;

  std::string text_or(std::string_view fallback) const;
  std::int64_t integer_or(std::int64_t fallback) const;

 private:
  Json(std::shared_ptr<const void> document, const void* value) : document_(std::move(document)), value_(value) {}
  std::shared_ptr<const void> document_;
  const void* value_ = nullptr;
};

/// The text as a JSON string with its quotes; what is no UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

}  // namespace vedette
