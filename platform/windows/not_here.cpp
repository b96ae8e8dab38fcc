// Facts that this system does not keep, or keeps where nothing reads them yet: see docs/inventory.md.
#include "platform/packages.h"
#include "platform/peripherals.h"
#include "platform/virtualisation.h"

namespace muster::platform {

Packages dpkg_packages(const SystemRoot& /*root*/) { return {}; }
Packages apk_packages(const SystemRoot& /*root*/) { return {}; }
Packages pacman_packages(const SystemRoot& /*root*/) { return {}; }
Packages flatpak_packages(const SystemRoot& /*root*/) { return {}; }
Packages snap_packages(const SystemRoot& /*root*/) { return {}; }
Result<Packages> rpm_packages(const SystemRoot& /*root*/) { return Packages(); }
Packages language_packages(const SystemRoot& /*root*/) { return {}; }

std::vector<Battery> batteries(const SystemRoot& /*root*/) { return {}; }

// Not by the processor: it reports a hypervisor also where Windows itself runs on its own.
Virtualisation virtualisation(const SystemRoot& /*root*/, const Smbios& firmware) {
  return {hypervisor_named_by(firmware), {}};
}

}  // namespace muster::platform
