// Devices on PCI and USB, with names from the system's id files (pci.ids and usb.ids of the packages of that name).
#pragma once

#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct PciDevice {
  std::string slot;       // "0000:00:03.0"
  std::string vendor_id;  // four hexadecimal digits, lower case
  std::string device_id;
  std::string subsystem_vendor_id;
  std::string subsystem_device_id;
  std::string device_class;  // class and subclass: "0200"
  std::string revision;      // "01"
  std::string driver;
  std::string vendor;  // names; empty where no id file knows them
  std::string device;
  std::string class_name;  // "Ethernet controller"
};

struct UsbDevice {
  std::string port;       // "1-1.2"
  std::string vendor_id;  // four hexadecimal digits, lower case
  std::string product_id;
  std::string device_class;  // two hexadecimal digits; of its first interface where the device leaves it to them
  std::string subclass;
  std::string serial;
  std::string vendor;  // as the device says it, otherwise from the id file
  std::string product;
};

std::vector<PciDevice> pci_devices(const SystemRoot& root);
std::vector<UsbDevice> usb_devices(const SystemRoot& root);  // without the hubs that the host itself is

}  // namespace muster::platform
