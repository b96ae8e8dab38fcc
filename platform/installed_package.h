// How this program was installed, and the system's own tool that installs another version of it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/result.h"

namespace muster::platform {

enum class PackageKind {
  none,  // not by a package of the system
  deb,
  rpm,
};

struct InstalledPackage {
  PackageKind kind = PackageKind::none;
  std::string platform;  // "linux-amd64-deb", "linux-x86_64-rpm", "linux-x86_64-tar", "windows-x86_64-msi"
};

// What the package databases say of the package with that name. The architecture is in the database's own words.
InstalledPackage installed_package(const std::string& name);

// A path to the file that this process runs, also when its name leads to another one by now.
std::filesystem::path running_program();

// Where the package keeps what is no file of the user: "/usr/lib/muster". Root's.
std::filesystem::path package_folder();

// Installs a package file over whatever version is there, also an older one. Needs root. `report` gets what the tool
// prints, a line at a time. Blocks until the tool has ended. An error of kind failure, also for the kind none.
Status install_package(PackageKind kind, const std::filesystem::path& file,
                       const std::function<void(std::string_view line)>& report);

}  // namespace muster::platform
