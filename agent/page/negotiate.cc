// What the reader of a page asked for in its headers.

#include <charconv>
#include <optional>

#include "base/text.h"
#include "page/metrics.h"

namespace vedette {
namespace {

/// One entry of an Accept header: `text/plain;version=0.0.4;q=0.5`.
struct Choice {
  std::string_view name, version;
  double weight = 1;
};

Choice parse_choice(std::string_view entry) {
  Choice choice;
  bool first = true;
  for (const std::string_view piece : split(entry, ';')) {
    const std::string_view part = trim(piece);
    const auto equals = part.find('=');
    if (first) {
      choice.name = part;
      first = false;
    } else if (equals != std::string_view::npos) {
      const std::string_view key = trim(part.substr(0, equals)), value = trim(part.substr(equals + 1));
      if (equal_ignore_case(key, "version")) choice.version = value;
      if (equal_ignore_case(key, "q")) {
        double weight = 0;  // what is no number counts as unwanted
        std::from_chars(value.data(), value.data() + value.size(), weight);
        choice.weight = weight;
      }
    }
  }
  return choice;
}

void raise(std::optional<double>& weight, const Choice& choice) {
  if (!weight || *weight < choice.weight) weight = choice.weight;
}

}  // namespace

Exposition choose_exposition(std::string_view accept) {
  std::optional<double> openmetrics, text, any_text, any;
  for (const std::string_view entry : split(accept, ',')) {
    const Choice choice = parse_choice(entry);
    if (equal_ignore_case(choice.name, "application/openmetrics-text")) {
      if (choice.version.empty() || choice.version == "1.0.0") raise(openmetrics, choice);
    } else if (equal_ignore_case(choice.name, "text/plain")) {
      raise(text, choice);
    } else if (equal_ignore_case(choice.name, "text/*")) {
      raise(any_text, choice);
    } else if (choice.name == "*/*") {
      raise(any, choice);
    }
  }
  const double plain = text.value_or(any_text.value_or(any.value_or(0)));
  return openmetrics && *openmetrics > 0 && *openmetrics >= plain ? Exposition::openmetrics : Exposition::text;
}

std::string_view content_type(Exposition exposition) {
  return exposition == Exposition::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                               : "text/plain; version=0.0.4; charset=utf-8";
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<double> gzip, any;
  for (const std::string_view entry : split(accept_encoding, ',')) {
    const Choice choice = parse_choice(entry);
    if (equal_ignore_case(choice.name, "gzip") || equal_ignore_case(choice.name, "x-gzip")) raise(gzip, choice);
    if (choice.name == "*") raise(any, choice);
  }
  return gzip.value_or(any.value_or(0)) > 0;
}

}  // namespace vedette
