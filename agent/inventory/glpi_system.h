// Operating system, software, services and users in the GLPI format.
#pragma once

#include "agent/inventory/finding.h"
#include "platform/base/clock.h"
#include "platform/packages.h"
#include "platform/system_root.h"

namespace muster::inventory {

Finding glpi_operating_system(const platform::SystemRoot& root);
Finding glpi_softwares(const platform::SystemRoot& root);
Finding glpi_languages(const platform::SystemRoot& root);

Finding glpi_services(const platform::SystemRoot& root);
Finding glpi_users(const platform::SystemRoot& root);
Finding glpi_databases(const platform::SystemRoot& root);

Record glpi_software(const platform::Package& package);

// All package databases of the system. A database that cannot be read becomes a note.
platform::Packages all_packages(const platform::SystemRoot& root, std::vector<std::string>& notes);

std::string glpi_time(WallTime time);  // "2026-11-23 13:24:04", UTC

}  // namespace muster::inventory
