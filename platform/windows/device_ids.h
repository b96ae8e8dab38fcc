// What the identifiers of plug and play say about a device. Pure. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/buses.h"

namespace muster::platform {

// "PCI\VEN_8086&DEV_1237&SUBSYS_11001AF4&REV_02\3&13C0B0C5&0&00"; nullopt for another kind of device.
std::optional<PciDevice> pci_device(const std::string& instance, const std::vector<std::string>& compatible);

// "USB\VID_046D&PID_C52B\0001"; nullopt for hubs of the host and for parts of a device.
std::optional<UsbDevice> usb_device(const std::string& instance, const std::vector<std::string>& compatible);

// "Intel" in "@oem4.inf,%intel%;Intel" and in "Intel".
std::string plain_name(const std::string& text);

}  // namespace muster::platform
