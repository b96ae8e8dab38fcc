#include <algorithm>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/storage.h"

namespace muster::platform {
namespace {

constexpr std::uint64_t bytes_in_sector = 512;  // of /sys/block/*/size, whatever the drive's own are

// What other drivers build out of memory, files or other block devices.
bool is_drive(const SystemRoot& root, const std::string& name) {
  for (const char* const prefix : {"loop", "ram", "zram", "dm-", "md", "nbd", "fd", "drbd", "rbd", "zd", "bcache"}) {
    if (name.starts_with(prefix)) return false;
  }
  if (name.starts_with("mmcblk") && name.find("boot") != std::string::npos) return false;
  return root.link("sys/block/" + name).find("/virtual/") == std::string::npos;
}

// The path of the device in sysfs names each bus that it hangs on.
std::string bus_of(const std::string& name, const std::string& path) {
  if (name.starts_with("nvme")) return "NVMe";
  if (name.starts_with("mmcblk")) return "MMC";
  if (path.find("/usb") != std::string::npos) return "USB";
  if (path.find("/virtio") != std::string::npos) return "virtio";
  if (path.find("/ata") != std::string::npos) return "SATA";
  if (name.starts_with("xvd")) return "Xen";
  return path.find("/target") != std::string::npos ? "SCSI" : "";
}

// udev's database of a block device: lines "E:NAME=value". It has what otherwise only root could ask the drive for.
std::string udev_value(const SystemRoot& root, const std::string& number, std::string_view name) {
  std::string value;
  root.each_line("run/udev/data/b" + number, [&](std::string_view line) {
    if (!line.starts_with("E:")) return;
    line.remove_prefix(2);
    if (line.starts_with(name) && line.substr(name.size()).starts_with("=")) value = line.substr(name.size() + 1);
  });
  return value;
}

std::string first_line(const SystemRoot& root, std::initializer_list<std::string> paths) {
  for (const std::string& path : paths) {
    if (std::string line = root.line(path); !line.empty()) return line;
  }
  return {};
}

// SCSI page 0x80: four bytes of header, then the serial number.
std::string scsi_serial(const SystemRoot& root, const std::string& folder) {
  constexpr std::size_t header = 4;
  const std::string page = root.read(folder + "/device/vpd_pg80").value_or("");
  return page.size() > header ? std::string(text::trim(std::string_view(page).substr(header))) : std::string();
}

std::string type_of(const SystemRoot& root, const std::string& name, const std::string& folder) {
  constexpr std::uint64_t scsi_cd = 5;
  if (name.starts_with("sr") || root.number(folder + "/device/type") == scsi_cd) return "cd";
  return root.number(folder + "/removable") == 1U ? "removable" : "disk";
}

// PCI vendors of paravirtual drives, written as "0x1af4".
std::string vendor_of(const std::string& vendor) {
  if (vendor == "0x1af4") return "Red Hat, Inc. (virtio)";
  return vendor.starts_with("0x") ? std::string() : vendor;
}

Disk disk_of(const SystemRoot& root, const std::string& name) {
  const std::string folder = "sys/block/" + name;
  const std::string number = root.line(folder + "/dev");
  Disk disk;

  disk.name = name;
  disk.bus = bus_of(name, root.link(folder));
  disk.type = type_of(root, name, folder);

  disk.vendor = vendor_of(root.line(folder + "/device/vendor"));
  disk.model = first_line(root, {folder + "/device/model", folder + "/device/name"});
  disk.firmware = first_line(root, {folder + "/device/firmware_rev", folder + "/device/rev", folder + "/device/fwrev"});

  disk.serial = first_line(root, {folder + "/device/serial", folder + "/serial"});
  if (disk.serial.empty()) disk.serial = scsi_serial(root, folder);
  if (disk.serial.empty()) disk.serial = udev_value(root, number, "ID_SERIAL_SHORT");

  disk.wwn = first_line(root, {folder + "/wwid", folder + "/device/wwid"});
  if (disk.wwn.empty()) disk.wwn = udev_value(root, number, "ID_WWN");

  const auto sectors = root.number(folder + "/size");
  if (sectors && *sectors > 0) disk.size = *sectors * bytes_in_sector;
  if (const auto rotational = root.number(folder + "/queue/rotational")) disk.rotational = *rotational == 1;
  return disk;
}

}  // namespace

std::vector<Disk> disks(const SystemRoot& root) {
  std::vector<Disk> found;
  for (const std::string& name : root.names("sys/block")) {
    if (is_drive(root, name)) found.push_back(disk_of(root, name));
  }
  return found;
}

}  // namespace muster::platform
