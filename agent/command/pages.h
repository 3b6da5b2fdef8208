#pragma once

#include "model/snapshot.h"
#include "model/web.h"

namespace vedette {

/// A plain `/`: where to go, and what is down.
WebResponse front_page(const Snapshot& snapshot);

}  // namespace vedette
