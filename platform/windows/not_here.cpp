// Facts that this system does not keep, or keeps where nothing reads them yet: docs/windows.md lists the latter.
#include "platform/accounts.h"
#include "platform/buses.h"
#include "platform/listeners.h"
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

std::vector<LocalUser> local_users(const SystemRoot& /*root*/) { return {}; }
std::vector<LocalGroup> local_groups(const SystemRoot& /*root*/) { return {}; }
std::vector<std::string> logged_in_users(const SystemRoot& /*root*/) { return {}; }
std::optional<LastLogin> last_login(const SystemRoot& /*root*/) { return std::nullopt; }

std::vector<PciDevice> pci_devices(const SystemRoot& /*root*/) { return {}; }
std::vector<UsbDevice> usb_devices(const SystemRoot& /*root*/) { return {}; }
std::vector<Battery> batteries(const SystemRoot& /*root*/) { return {}; }
std::vector<Monitor> monitors(const SystemRoot& /*root*/) { return {}; }
std::vector<InputDevice> input_devices(const SystemRoot& /*root*/) { return {}; }

std::vector<ListeningSocket> listening_sockets(const SystemRoot& /*root*/) { return {}; }
std::vector<Neighbour> neighbours(const SystemRoot& /*root*/) { return {}; }

Virtualisation virtualisation(const SystemRoot& /*root*/, const Smbios& /*firmware*/) { return {}; }

}  // namespace muster::platform
