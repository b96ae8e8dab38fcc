// Installed software as the system's package databases list it. Nothing but files and the registry is read, except for
// RPM: its database has no stable format, so that `rpm -qa` is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct Package {
  std::string
      kind;  // "deb", "rpm", "apk", "pacman", "flatpak", "snap", "registry", "msix", "update", "pip", "npm", "gem"
  std::string name;
  std::string version;       // as the package manager writes it, epoch included
  std::string architecture;  // as the package manager writes it
  std::string publisher;     // who maintains or sells it
  std::string summary;
  std::string homepage;
  std::string category;
  std::string source;                 // name of the source package, where it differs
  std::string license;                // as the database has it, not necessarily an SPDX expression
  std::string guid;                   // of the product, where the installer gave it one
  std::string user;                   // who has it, where it is not for all users
  std::optional<std::uint64_t> size;  // bytes installed
  std::optional<WallTime> installed;
};

using Packages = std::vector<Package>;

Packages dpkg_packages(const SystemRoot& root);  // installed ones; those that are removed or only configured are not
Packages apk_packages(const SystemRoot& root);
Packages pacman_packages(const SystemRoot& root);
Packages flatpak_packages(const SystemRoot& root);  // of the whole system, not of single users
Packages snap_packages(const SystemRoot& root);

// What Windows keeps in its registry, and other systems do not have: programs as their installers registered them, of
// all users and of those who are logged on; apps of MSIX packages; updates of Windows. Entries without a name are left
// out, texts are cut after 1024 characters.
Packages registered_programs(const SystemRoot& root);
Packages app_packages(const SystemRoot& root);
Packages system_updates(const SystemRoot& root);

// Empty where there is no RPM database. The error is of kind failure: rpm is missing, or cannot read the database.
Result<Packages> rpm_packages(const SystemRoot& root);

// What pip, npm and gem installed into the system's own folders.
Packages language_packages(const SystemRoot& root);

}  // namespace muster::platform
