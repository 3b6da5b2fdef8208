#include "page/family.h"

#include <array>

#include <fmt/format.h>

#include "model/labels.h"

namespace vedette {
namespace {

std::string escape_help(std::string_view help, Exposition exposition) {
  std::string escaped;
  for (const char c : help) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && exposition == Exposition::openmetrics)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::string_view without_total(std::string_view name) {
  constexpr std::string_view kTotal = "_total";
  return name.ends_with(kTotal) ? name.substr(0, name.size() - kTotal.size()) : name;
}

std::string family_head(std::string_view name, std::string_view help, OwnFamily::Type type, Exposition exposition) {
  constexpr std::array<std::string_view, 3> kTypes = {"gauge", "counter", "histogram"};
  const bool shorten = exposition == Exposition::openmetrics && type == OwnFamily::Type::counter;
  const std::string_view shown = shorten ? without_total(name) : name;
  return fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", shown, escape_help(help, exposition),
                     kTypes[static_cast<std::size_t>(type)]);
}

std::string failure_labels(Phase phase, Reason reason) {
  return label_text({{"phase", std::string(phase_name(phase))}, {"reason", std::string(reason_name(reason))}});
}

}  // namespace vedette
