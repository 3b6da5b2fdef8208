#pragma once

#include <vector>

#include "alarm/alertmanager.h"
#include "config/node.h"

namespace vedette {

/// `alertmanagers:`: URLs, or maps with a url, a timeout, credentials and TLS in the words of a module's http block.
/// What is wrong goes to the node's document.
std::vector<Alertmanager> read_alertmanagers(const Node& node);

}  // namespace vedette
