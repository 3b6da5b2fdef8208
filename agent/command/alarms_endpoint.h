#pragma once

#include "model/web.h"
#include "store/store.h"

namespace vedette {

/// `/api/v1/alarms`: a page of the alarms' past as JSON. Any thread.
WebResponse alarms_page(const WebRequest& request, Store& store);

}  // namespace vedette
