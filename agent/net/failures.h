#pragma once
// What goes wrong with connections, in the words of the closed sets.

#include <string>

#include "model/failure.h"
#include "net/scope.h"

namespace vedette {

/// connect() ended with this errno; `where` is the address.
Failure connect_failure(int error, const std::string& where);
/// The wait in this phase ended without what was waited for. `answered`: the first byte of the answer had come.
Failure out_of_time(Wake why, Phase at, bool answered);

}  // namespace vedette
