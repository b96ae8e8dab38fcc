// Disks and file systems.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

// A physical or virtual drive; neither its partitions nor what is built upon it.
struct Disk {
  std::string name;  // "sda", "nvme0n1"
  std::string vendor;
  std::string model;
  std::string serial;
  std::string firmware;
  std::string wwn;
  std::string bus;                    // "SATA", "SCSI", "NVMe", "USB", "virtio", "MMC"; empty: unknown
  std::string type;                   // "disk", "cd", "removable"
  std::optional<std::uint64_t> size;  // bytes; none for an empty drive
  std::optional<bool> rotational;
};

struct FileSystem {
  std::string device;  // "/dev/sda1", "server:/export"
  std::string mount_point;
  std::string type;  // "ext4"
  std::string label;
  std::string uuid;
  std::optional<std::uint64_t> total;  // bytes
  std::optional<std::uint64_t> free;   // bytes that users can still write
  bool system = false;                 // the root of the system
  std::string encryption;              // "LUKS2" where the device is an encrypted one; empty: none is known
};

std::vector<Disk> disks(const SystemRoot& root);

// Those that hold data: neither the kernel's own nor those in memory. Sizes need a live system. A file system of the
// network that does not answer blocks: to be called in a bounded child.
std::vector<FileSystem> file_systems(const SystemRoot& root);

}  // namespace muster::platform
