#pragma once
// Whole pages that tests compare with, and pages gathered from their pieces.

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "page/metrics.h"

/// tests/golden/NAME as it is; empty when there is none.
inline std::string golden(const std::string& name) {
  std::ifstream file(std::string(VEDETTE_SOURCE_DIR) + "/tests/golden/" + name, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

inline std::string page_of(const vedette::Snapshot& snapshot, const std::vector<vedette::OwnFamily>& own,
                           vedette::Exposition exposition) {
  std::string page;
  vedette::write_metrics(snapshot, own, exposition, [&](std::string_view piece) {
    page += piece;
    return true;
  });
  return page;
}
