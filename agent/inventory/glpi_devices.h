// Drives, file systems, network interfaces and what else is plugged in, in the GLPI format.
#pragma once

#include "agent/inventory/finding.h"
#include "platform/system_root.h"

namespace muster::inventory {

Finding glpi_storages(const platform::SystemRoot& root);
Finding glpi_drives(const platform::SystemRoot& root);
Finding glpi_networks(const platform::SystemRoot& root);
Finding glpi_pci(const platform::SystemRoot& root);
Finding glpi_usb(const platform::SystemRoot& root);
Finding glpi_batteries(const platform::SystemRoot& root);
Finding glpi_monitors(const platform::SystemRoot& root);
Finding glpi_inputs(const platform::SystemRoot& root);

}  // namespace muster::inventory
