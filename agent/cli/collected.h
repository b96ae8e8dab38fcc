// The way of a collected document into the spool and to a beacon.
#pragma once

#include "agent/cli/arguments.h"
#include "agent/cli/ended.h"
#include "agent/config/preferences.h"
#include "agent/inventory/collect.h"

namespace muster::cli {

struct Collected {
  const inventory::Inventory& inventory;
  std::string device_id;
  inventory::Format format = inventory::Format::glpi;
  bool discovery = false;
  WallTime time;
};

// Puts the document into the spool, for the agent to upload. A complete inventory that a beacon has already accepted is
// left out until a full one is due, and one that waits in the spool is not put there again. Prints which of these it
// was.
Status spool_collected(const GlobalOptions& options, const config::Preferences& preferences,
                       const Collected& collected);

// Puts the document into the spool and drains that. A complete inventory that a beacon has already accepted is left out
// until a full one is due, and one that waits in the spool is not put there again.
Ended upload_collected(const GlobalOptions& options, const config::Preferences& preferences,
                       const Collected& collected);

}  // namespace muster::cli
