#include "platform/peripherals.h"

#include "platform/windows/device_ids.h"
#include "platform/windows/present_devices.h"

namespace muster::platform {
namespace {

std::string bus_of(const std::string& instance) {
  if (instance.starts_with("ACPI\\")) return "PS/2";
  if (instance.starts_with("BTH")) return "Bluetooth";
  return instance.starts_with("HID\\VID_") || instance.starts_with("USB\\") ? "USB" : "";
}

void add_inputs(DeviceKind kind, const char* name, std::vector<InputDevice>& found) {
  for (const PresentDevice& present : present_devices(kind)) {
    const std::string device = plain_name(present.description);
    if (!device.empty()) found.push_back({device, name, bus_of(present.instance)});
  }
}

}  // namespace

std::vector<Monitor> monitors(const SystemRoot& /*root*/) {
  std::vector<Monitor> found;
  for (const PresentDevice& present : present_devices(DeviceKind::monitor)) {
    auto monitor = parse_edid(present.identification);
    if (!monitor) continue;

    monitor->port = present.instance;
    found.push_back(std::move(*monitor));
  }
  return found;
}

std::vector<InputDevice> input_devices(const SystemRoot& /*root*/) {
  std::vector<InputDevice> found;
  add_inputs(DeviceKind::keyboard, "keyboard", found);
  add_inputs(DeviceKind::pointer, "pointer", found);
  return found;
}

}  // namespace muster::platform
