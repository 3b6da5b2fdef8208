#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace vedette {

/// The content of a file that others may put in our way. Pipes, devices and folders are refused and so is what is
/// larger: they could keep the caller, who is often the event loop, waiting for ever. The error says only why.
Result<std::string> read_file(const std::string& path, std::size_t most);

}  // namespace vedette
