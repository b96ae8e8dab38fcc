// The database of RPM. Private to this folder.
#pragma once

#include <string>

#include "platform/system_root.h"

namespace muster::platform {

// The folder of the database, which depends on the distribution; empty: there is none.
std::string rpm_database_folder(const SystemRoot& root);

}  // namespace muster::platform
