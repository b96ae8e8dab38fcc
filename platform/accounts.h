// Local users and groups. Passwords are never read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct LocalUser {
  std::string login;
  std::string id;
  std::string name;  // of the person, from the comment field
  std::string home;
  std::string shell;
};

struct LocalGroup {
  std::string name;
  std::string id;
  std::vector<std::string> members;
};

struct LastLogin {
  std::string login;
  std::optional<WallTime> time;
};

std::vector<LocalUser> local_users(const SystemRoot& root);    // passwd(5), or the accounts of Windows
std::vector<LocalGroup> local_groups(const SystemRoot& root);  // group(5), or the local groups of Windows

std::vector<std::string> logged_in_users(const SystemRoot& root);  // utmp(5) or sessions, each once
std::optional<LastLogin> last_login(const SystemRoot& root);       // wtmp(5), or who the logon screen names

}  // namespace muster::platform
