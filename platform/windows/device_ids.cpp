#include "platform/windows/device_ids.h"

#include "platform/base/text.h"

namespace muster::platform {
namespace {

// The hexadecimal digits after a word such as "VEN_", in lower case; empty: they are not there.
std::string digits_after(const std::string& text, const std::string& word, std::size_t count) {
  const std::string lower = text::lower(text);
  const std::size_t at = lower.find(text::lower(word));
  if (at == std::string::npos || at + word.size() + count > lower.size()) return {};
  std::string digits = lower.substr(at + word.size(), count);
  return digits.find_first_not_of("0123456789abcdef") == std::string::npos ? digits : std::string();
}

std::string first_digits(const std::vector<std::string>& texts, const std::string& word, std::size_t count) {
  for (const std::string& text : texts) {
    if (std::string digits = digits_after(text, word, count); !digits.empty()) return digits;
  }
  return {};
}

}  // namespace

std::optional<PciDevice> pci_device(const std::string& instance, const std::vector<std::string>& compatible) {
  PciDevice device;
  device.vendor_id = digits_after(instance, "PCI\\VEN_", 4);
  device.device_id = digits_after(instance, "&DEV_", 4);
  if (device.vendor_id.empty() || device.device_id.empty()) return std::nullopt;

  const std::string subsystem = digits_after(instance, "&SUBSYS_", 8);  // the device first
  if (!subsystem.empty()) {
    device.subsystem_device_id = subsystem.substr(0, 4);
    device.subsystem_vendor_id = subsystem.substr(4);
  }
  device.revision = digits_after(instance, "&REV_", 2);
  device.device_class = first_digits(compatible, "CC_", 4);
  return device;
}

std::optional<UsbDevice> usb_device(const std::string& instance, const std::vector<std::string>& compatible) {
  const bool is_part = text::contains_ignoring_case(instance, "&MI_");
  UsbDevice device;
  device.vendor_id = digits_after(instance, "USB\\VID_", 4);
  device.product_id = digits_after(instance, "&PID_", 4);
  if (is_part || device.vendor_id.empty() || device.product_id.empty()) return std::nullopt;

  // The system's own numbers have '&' in them, serial numbers of devices have not.
  const std::string last = instance.substr(instance.rfind('\\') + 1);
  if (last.find('&') == std::string::npos) device.serial = last;
  device.device_class = first_digits(compatible, "Class_", 2);
  device.subclass = first_digits(compatible, "SubClass_", 2);
  return device;
}

std::string plain_name(const std::string& text) {
  return text.starts_with('@') ? text.substr(text.rfind(';') + 1) : text;
}

}  // namespace muster::platform
