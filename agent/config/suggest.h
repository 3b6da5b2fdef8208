#pragma once

#include <span>
#include <string_view>

namespace vedette {

/// The word that was probably meant: one that differs in case, in - for _, or by a slip or two. Empty when none is
/// near.
std::string_view closest(std::string_view word, std::span<const std::string_view> known);

}  // namespace vedette
