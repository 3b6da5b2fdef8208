#pragma once

#include "net/http.h"
#include "net/loop.h"
#include "net/resolver.h"

namespace vedette {

/// What everything that talks talks with: one set a loop thread.
struct Net {
  explicit Net(Loop& on) : loop(on), resolver(on), http(on) {}
  Loop& loop;
  Resolver resolver;
  HttpClient http;
};

}  // namespace vedette
