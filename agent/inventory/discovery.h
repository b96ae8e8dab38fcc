// What this device offers to the network, and whom it sees there. Taken from the kernel's own tables: nothing is sent.
#pragma once

#include "agent/inventory/collect.h"

namespace muster::inventory {

// Of the request, root, device_id and limits count. The document is JSON of this project's own: docs/inventory.md. The
// parts "listening" and "neighbours" fail on their own as sections do.
Result<Inventory> discover(const CollectRequest& request, WallTime now);

}  // namespace muster::inventory
