#pragma once
// The key `store` of vedette.yml.

#include "config/node.h"
#include "store/store.h"

namespace vedette {

/// A URL, `none`, or a map of url, password, password_file and agent. What is wrong is a problem of the node. Without
/// the key the store is a file where this user keeps state; the agent's name is the machine's unless it is given.
StoreOptions read_store(const Node& node);

}  // namespace vedette
