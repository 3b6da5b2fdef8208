#pragma once

#include <string>

#include "model/labels.h"

namespace vedette {

/// What is to be watched, by name.
struct Target {
  std::string name;
  std::string address;  // a URL, or host:port for probers that take no URL
  std::string module;
  std::string hostname;  // /probe's `hostname` parameter: Host header and server name; else empty
  Labels labels;         // the user's own, in the order of the file
};

}  // namespace vedette
