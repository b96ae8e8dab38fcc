#include "agent/inventory/glpi_devices.h"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/base/text.h"
#include "platform/buses.h"
#include "platform/interfaces.h"
#include "platform/peripherals.h"
#include "platform/storage.h"

namespace muster::inventory {
namespace {

constexpr std::uint64_t bytes_in_mib = 1 << 20;
constexpr std::uint64_t bytes_in_mb = 1'000'000;

std::optional<std::uint64_t> divided(const std::optional<std::uint64_t>& bytes, std::uint64_t unit) {
  return bytes ? std::optional(*bytes / unit) : std::nullopt;
}

// The values that the schema allows.
std::string allowed_status(const std::string& status) {
  static constexpr std::array allowed{"up", "down", "dormant", "notpresent", "lowerlayerdown", "unknown", "testing"};
  return std::find(allowed.begin(), allowed.end(), status) == allowed.end() ? "" : status;
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

Record network_of(const platform::Interface& one) {
  Record record;
  record.add("description", one.name);
  record.add("type", one.kind);
  record.add("status", allowed_status(one.status)).changing();
  record.add("mac", one.mac);
  record.add("driver", one.driver);
  record.add("pcislot", one.pci_slot);
  record.add("mtu", one.mtu);
  record.add("speed", one.speed ? std::to_string(*one.speed) : std::string()).changing();
  record.add("slaves", joined(one.members, ","));
  record.add_flag("virtualdev", one.is_virtual);
  return record;
}

Record with_address(Record record, const platform::Interface& one, const platform::InterfaceAddress& address) {
  record.add(address.v6 ? "ipaddress6" : "ipaddress", address.address);
  record.add(address.v6 ? "ipmask6" : "ipmask", address.mask);
  record.add(address.v6 ? "ipsubnet6" : "ipsubnet", address.subnet);
  if (!address.v6) record.add("ipgateway", one.gateway);
  return record;
}

Record controller_of(const platform::PciDevice& device) {
  Record record;
  record.add("name", device.device.empty() ? device.class_name : device.device);
  record.add("caption", device.device);
  record.add("manufacturer", device.vendor);
  record.add("type", device.class_name);
  record.add("driver", device.driver);

  record.add("pcislot", device.slot);
  record.add("pciclass", device.device_class);
  record.add("vendorid", device.vendor_id);
  record.add("productid", device.device_id);

  const bool has_subsystem = !device.subsystem_vendor_id.empty() && device.subsystem_vendor_id != "0000";
  record.add("pcisubsystemid", has_subsystem ? device.subsystem_vendor_id + ":" + device.subsystem_device_id : "");
  record.add("rev", device.revision);
  return record;
}

}  // namespace

Finding glpi_storages(const platform::SystemRoot& root) {
  Group group{"storages", {}, false};
  for (const platform::Disk& disk : platform::disks(root)) {
    Record record;
    record.add("name", disk.name);
    record.add("type", disk.type);

    record.add("description", disk.bus);
    record.add("interface", disk.bus);
    record.add("manufacturer", disk.vendor);
    record.add("model", disk.model);
    record.add("serial", disk.serial);

    record.add("firmware", disk.firmware);
    record.add("wwn", disk.wwn);
    record.add("disksize", divided(disk.size, bytes_in_mb));

    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

Finding glpi_drives(const platform::SystemRoot& root) {
  Group group{"drives", {}, false};
  for (const platform::FileSystem& mounted : platform::file_systems(root)) {
    Record record;

    record.add("volumn", mounted.device);
    record.add("type", mounted.mount_point);
    record.add("filesystem", mounted.type);
    record.add("label", mounted.label);
    record.add("serial", mounted.uuid);

    record.add("total", divided(mounted.total, bytes_in_mib));
    record.add("free", divided(mounted.free, bytes_in_mib)).changing();
    record.add_flag("systemdrive", mounted.system);
    record.add("encrypt_type", mounted.encryption);
    if (!mounted.encryption.empty()) record.add("encrypt_name", "dm-crypt").add("encrypt_status", "Yes");

    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

// One entry for each address, as servers know it from other agents.
Finding glpi_networks(const platform::SystemRoot& root) {
  Group group{"networks", {}, false};
  for (const platform::Interface& one : platform::interfaces(root)) {
    const Record record = network_of(one);
    for (const platform::InterfaceAddress& address : one.addresses) {
      group.records.push_back(with_address(record, one, address));
    }
    if (one.addresses.empty()) group.records.push_back(record);
  }
  return {{std::move(group)}, {}};
}

Finding glpi_pci(const platform::SystemRoot& root) {
  Group controllers{"controllers", {}, false};
  Group videos{"videos", {}, false};
  Group sounds{"sounds", {}, false};

  for (const platform::PciDevice& device : platform::pci_devices(root)) {
    controllers.records.push_back(controller_of(device));
    Record record;
    record.add("name", device.device.empty() ? device.class_name : device.device);
    if (device.device_class.starts_with("03")) {
      videos.records.push_back(record.add("chipset", device.class_name).add("pcislot", device.slot));
    }
    if (device.device_class.starts_with("04")) {
      sounds.records.push_back(record.add("manufacturer", device.vendor).add("caption", device.device));
    }
  }
  return {{std::move(controllers), std::move(videos), std::move(sounds)}, {}};
}

Finding glpi_usb(const platform::SystemRoot& root) {
  Group group{"usbdevices", {}, false};
  for (const platform::UsbDevice& device : platform::usb_devices(root)) {
    Record record;

    record.add("name", device.product);
    record.add("caption", device.product);
    record.add("manufacturer", device.vendor);
    record.add("vendorid", device.vendor_id);
    record.add("productid", device.product_id);
    record.add("class", device.device_class);
    record.add("subclass", device.subclass);
    record.add("serial", device.serial);

    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

Finding glpi_batteries(const platform::SystemRoot& root) {
  Group group{"batteries", {}, false};

  for (const platform::Battery& battery : platform::batteries(root)) {
    Record record;
    record.add("name", battery.name);
    record.add("manufacturer", battery.manufacturer);
    record.add("serial", battery.serial);
    record.add("chemistry", battery.chemistry);
    record.add("voltage", battery.voltage);
    record.add("capacity", battery.capacity);
    record.add("real_capacity", battery.full_capacity).changing();
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

Finding glpi_monitors(const platform::SystemRoot& root) {
  Group group{"monitors", {}, false};
  for (const platform::Monitor& monitor : platform::monitors(root)) {
    Record record;
    record.add("name", monitor.name);
    record.add("caption", monitor.name);
    record.add("manufacturer", monitor.manufacturer);
    record.add("serial", monitor.serial);
    record.add("description", monitor.made);
    record.add("port", monitor.port);
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

Finding glpi_inputs(const platform::SystemRoot& root) {
  Group group{"inputs", {}, false};
  for (const platform::InputDevice& device : platform::input_devices(root)) {
    Record record;
    record.add("name", device.name);
    record.add("caption", device.name);
    record.add("type", device.kind);
    record.add("interface", device.bus);
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

}  // namespace muster::inventory
