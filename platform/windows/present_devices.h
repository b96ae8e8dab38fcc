// The devices that are there, as plug and play has them. Private to this folder.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::platform {

struct PresentDevice {
  std::string instance;     // "PCI\VEN_8086&DEV_1237&...\3&13C0B0C5&0&00"
  std::string description;  // "Intel(R) Ethernet Connection"
  std::string reported;     // what the device calls itself, where its bus asks for that
  std::string maker;
  std::string driver;      // the name of its service
  std::string class_name;  // "Net"
  std::vector<std::string> compatible;
  std::optional<std::uint64_t> bus;
  std::optional<std::uint64_t> address;  // on a PCI bus: device and function, 16 bits each
  std::string identification;            // of a monitor: its EDID
};

enum class DeviceKind { pci, usb, monitor, keyboard, pointer };

// At most 4096. Texts that are missing, or of another type, are empty.
std::vector<PresentDevice> present_devices(DeviceKind kind);

}  // namespace muster::platform
