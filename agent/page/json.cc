#include "page/json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace vedette {
namespace {

using Value = nlohmann::json;

const Value& as_value(const void* value) { return *static_cast<const Value*>(value); }

/// How deep brackets are nested outside of strings.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  if (depth_of(text) > kMostDepth) return Error{"the JSON is nested too deeply"};
  auto parsed = std::make_shared<const Value>(Value::parse(text.begin(), text.end(), nullptr, false));
  if (parsed->is_discarded()) return Error{text.empty() ? "an empty body instead of JSON" : "the body is no JSON"};
  const void* value = parsed.get();
  return Json(std::move(parsed), value);
}

bool Json::is_null() const { return present() && as_value(value_).is_null(); }
bool Json::is_list() const { return present() && as_value(value_).is_array(); }
bool Json::is_map() const { return present() && as_value(value_).is_object(); }

Json Json::at(std::string_view key) const {
  if (!is_map()) return {};
  const Value& map = as_value(value_);
  auto found = map.find(key);
  return found == map.end() ? Json() : Json(document_, &*found);
}

std::vector<Json> Json::items() const {
  std::vector<Json> all;
  if (!is_list()) return all;
  all.reserve(as_value(value_).size());
  for (const Value& each : as_value(value_)) all.push_back(Json(document_, &each));
  return all;
}

std::vector<std::pair<std::string, Json>> Json::members() const {
  std::vector<std::pair<std::string, Json>> all;
  if (!is_map()) return all;
  const Value& map = as_value(value_);
  for (auto it = map.begin(); it != map.end(); ++it) all.emplace_back(it.key(), Json(document_, &it.value()));
  return all;
}

std::optional<std::string> Json::text() const {
  if (!present() || !as_value(value_).is_string()) return std::nullopt;
  return as_value(value_).get_ref<const std::string&>();
}

std::optional<std::int64_t> Json::integer() const {
  if (!present()) return std::nullopt;
  const Value& value = as_value(value_);
  if (const auto* whole = value.get_ptr<const Value::number_unsigned_t*>()) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return *whole <= kMost ? std::optional(static_cast<std::int64_t>(*whole)) : std::nullopt;
  }
  if (const auto* whole = value.get_ptr<const Value::number_integer_t*>()) return *whole;
  const auto* real = value.get_ptr<const Value::number_float_t*>();
  constexpr double kExact = 9007199254740992.0;  // beyond, a double does not know whole numbers
  if (real && std::trunc(*real) == *real && std::abs(*real) <= kExact) return static_cast<std::int64_t>(*real);
  return std::nullopt;
}

std::optional<double> Json::number() const {
  if (!present() || !as_value(value_).is_number()) return std::nullopt;
  return as_value(value_).get<double>();
}

std::optional<bool> Json::flag() const {
  if (!present() || !as_value(value_).is_boolean()) return std::nullopt;
  return as_value(value_).get<bool>();
}

std::string Json::text_or(std::string_view fallback) const {
  auto found = text();
  return found ? *std::move(found) : std::string(fallback);
}

std::int64_t Json::integer_or(std::int64_t fallback) const { return integer().value_or(fallback); }

std::string json_string(std::string_view text) {
  return Value(std::string(text)).dump(-1, ' ', false, Value::error_handler_t::replace);
}

}  // namespace vedette
