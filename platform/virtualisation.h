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

// By words that only virtual hardware has in the strings of its firmware; empty: it has none of them.
std::string hypervisor_named_by(const Smbios& firmware);

Virtualisation virtualisation(const SystemRoot& root, const Smbios& firmware);

}  // namespace muster::platform
