#pragma once

#include <string>

#include "base/time.h"
#include "model/labels.h"

namespace vedette {

/// What Alertmanager is told of one alarm. The labels alone are its identity there.
struct Alert {
  Labels labels;
  Labels annotations;
  WallTime starts{};
  WallTime ends{};   // zero: it is still on
  std::string link;  // generatorURL: an absolute URL, or empty

  bool operator==(const Alert&) const = default;
};

}  // namespace vedette
