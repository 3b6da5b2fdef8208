#include "config/label_rule.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::size_t kMostLabels = 50, kLongestValue = 1000;

/// Labels that vedette's own series have: a second one of that name would make the page unreadable.
constexpr std::array<std::string_view, 18> kReserved{"target",
                                                     "module",
                                                     "le",
                                                     "quantile",
                                                     "phase",
                                                     "reason",
                                                     "result",
                                                     "alarm",
                                                     "slo",
                                                     "to",
                                                     "cipher",
                                                     "version",
                                                     "issuer",
                                                     "subject",
                                                     "serialnumber",
                                                     "fingerprint_sha256",
                                                     "subjectalternative",
                                                     "serving_status"};

bool valid_name(std::string_view name) {
  const auto letter = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [&](unsigned char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// Why it cannot be the name of a label; empty when it can.
std::string broken_name(std::string_view name) {
  if (!valid_name(name)) return "is not a label name: letters, digits and _ are allowed, and no digit at the front";
  if (name.starts_with("__")) return "label names that begin with __ are Prometheus' own";
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    return "label " + in_quotes(name) + " is one of vedette's own; choose another name";
  }
  return "";
}

void set_label(Labels& labels, const std::string& name, std::string value) {
  const auto at = std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == name; });
  if (at == labels.end()) {
    if (!value.empty()) labels.emplace_back(name, std::move(value));
  } else if (value.empty()) {
    labels.erase(at);
  } else {
    at->second = std::move(value);
  }
}

}  // namespace

Labels read_labels(const Node& node, const Labels& before) {
  Labels labels = before;
  for (const auto& [name, member] : node.members()) {
    const std::string broken = broken_name(name);
    std::string value = member.text();
    if (!broken.empty()) {
      member.reject(broken);
    } else if (find_invalid_utf8(value)) {
      member.reject("must be UTF-8");
    } else if (value.size() > kLongestValue) {
      member.reject("must not be longer than " + std::to_string(kLongestValue) + " bytes");
    } else {
      set_label(labels, name, std::move(value));
    }
  }
  if (labels.size() > kMostLabels) node.reject("a target may have " + std::to_string(kMostLabels) + " labels or fewer");
  return labels;
}

}  // namespace vedette
