#pragma once
// What names speak of secrets, and addresses as they may be shown. One list for the page /config, for traces and for
// what must not follow a redirect to strangers.

#include <string>
#include <string_view>

namespace vedette {

/// A header under whose name a secret usually travels.
bool is_secret_header(std::string_view name);
/// A parameter of a query, likewise; its name may be encoded.
bool is_secret_parameter(std::string_view name);
/// "https://shop/path?token=xxxxx": the values of such parameters in the query and the fragment are hidden. The address
/// may be relative.
std::string without_secret_parameters(std::string_view address);

}  // namespace vedette
