#include "platform/buses.h"

#include <fmt/core.h>

#include "platform/windows/device_ids.h"
#include "platform/windows/present_devices.h"

namespace muster::platform {
namespace {

// "0000:00:03.0", the form of every other system.
std::string slot_of(const PresentDevice& device) {
  if (!device.bus || !device.address) return {};
  return fmt::format("0000:{:02x}:{:02x}.{}", *device.bus & 0xFFU, (*device.address >> 16U) & 0xFFU,
                     *device.address & 0x7U);
}

}  // namespace

std::vector<PciDevice> pci_devices(const SystemRoot& /*root*/) {
  std::vector<PciDevice> found;
  for (const PresentDevice& present : present_devices(DeviceKind::pci)) {
    auto device = pci_device(present.instance, present.compatible);
    if (!device) continue;

    device->slot = slot_of(present);
    device->driver = present.driver;
    device->vendor = plain_name(present.maker);
    device->device = plain_name(present.description);
    device->class_name = present.class_name;
    found.push_back(std::move(*device));
  }
  return found;
}

std::vector<UsbDevice> usb_devices(const SystemRoot& /*root*/) {
  std::vector<UsbDevice> found;
  for (const PresentDevice& present : present_devices(DeviceKind::usb)) {
    auto device = usb_device(present.instance, present.compatible);
    if (!device) continue;

    device->port = present.instance;
    device->vendor = plain_name(present.maker);
    device->product = present.reported.empty() ? plain_name(present.description) : present.reported;
    found.push_back(std::move(*device));
  }
  return found;
}

}  // namespace muster::platform
