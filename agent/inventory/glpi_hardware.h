// The machine, its processors and its memory in the GLPI format.
#pragma once

#include "agent/inventory/finding.h"
#include "platform/system_root.h"

namespace muster::inventory {

Finding glpi_hardware(const platform::SystemRoot& root);
Finding glpi_cpus(const platform::SystemRoot& root);
Finding glpi_memories(const platform::SystemRoot& root);

}  // namespace muster::inventory
