// Facts about this machine and process that preferences refer to.
#pragma once

#include <filesystem>
#include <string>

namespace muster::platform {

std::string host_name();                         // without a domain
bool is_superuser();                             // the effective user may read and change everything
std::string user_name();                         // of the effective user, its number when it has no name
std::filesystem::path default_data_directory();  // /var/opt/managesoft
std::string environment(const char* name);       // empty when unset

}  // namespace muster::platform
