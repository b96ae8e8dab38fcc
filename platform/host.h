// Facts about this machine and process that preferences refer to.
#pragma once

#include <filesystem>
#include <string>

namespace muster::platform {

std::string host_name();                         // without a domain
bool is_superuser();                             // the effective user may read and change everything
const char* how_to_gain_rights();                // "run as root or join the group muster", as a remedy
std::string user_name();                         // of the effective user, its number when it has no name
std::filesystem::path default_data_directory();  // /var/opt/managesoft

// Where a service logs to; empty: the system itself keeps what it writes to standard error, as the journal does.
std::filesystem::path default_log_file(const std::filesystem::path& data_directory);

std::string environment(const char* name);  // empty when unset

}  // namespace muster::platform
