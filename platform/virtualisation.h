// Whether the system runs on a machine of its own.
#pragma once

#include <string>

#include "platform/smbios.h"
#include "platform/system_root.h"

namespace muster::platform {

struct Virtualisation {
  std::string hypervisor;  // "KVM", "VMware", "Hyper-V", "VirtualBox", "Xen", ...; "virtual": another; empty: none
  std::string container;   // "docker", "podman", "lxc", "systemd-nspawn", ...; empty: none
};

Virtualisation virtualisation(const SystemRoot& root, const Smbios& firmware);

}  // namespace muster::platform
