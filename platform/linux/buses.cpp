#include "platform/buses.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

// Names of the ids that are asked for. The files are large, and read once from their beginning to their end.
class IdNames {
 public:
  void want(const std::string& vendor, const std::string& device) {
    names_[vendor];
    names_[vendor + device];
  }
  void want_class(const std::string& code) { names_["C " + code]; }

  std::string name(const std::string& key) const {
    const auto found = names_.find(key);
    return found == names_.end() ? std::string() : found->second;
  }
  std::string class_name(const std::string& code) const { return name("C " + code); }

  // "1af4  Red Hat, Inc.", a tab and "1000  Virtio network device", and below "C 02  Network controller" the
  // subclasses.
  void read(const SystemRoot& root, const std::string& file) {
    if (names_.empty()) return;
    for (const char* const folder : {"usr/share/misc/", "usr/share/hwdata/", "usr/share/", "usr/local/share/"}) {
      if (root.each_line(folder + file, [this](std::string_view line) { this->line(line); })) return;
    }
  }

 private:
  void line(std::string_view line) {
    if (line.empty() || line.front() == '#') return;
    const bool inner = line.front() == '\t';
    if (!inner) {
      constexpr std::size_t digits = 4;  // also of "C 02"
      outer_ = std::string(line.substr(0, digits));
      wanted_ = line.size() > digits && (names_.contains(outer_) || outer_.starts_with("C "));
      if (wanted_) keep(outer_, line.substr(digits));
      return;
    }
    if (!wanted_ || line.starts_with("\t\t")) return;

    line.remove_prefix(1);
    const std::size_t digits = outer_.starts_with("C ") ? 2 : 4;
    if (line.size() > digits) keep(outer_ + std::string(line.substr(0, digits)), line.substr(digits));
  }

  void keep(const std::string& key, std::string_view name) {
    const auto found = names_.find(key);
    if (found != names_.end()) found->second = text::trim(name);
  }

  std::map<std::string, std::string, std::less<>> names_;
  std::string outer_;
  bool wanted_ = false;
};

std::string digits_of(const SystemRoot& root, const std::string& path) {
  const std::string value = root.line(path);
  return text::lower(value.starts_with("0x") ? value.substr(2) : value);
}

std::string last_step(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void add_class_of_interface(const SystemRoot& root, const std::string& name, UsbDevice& device) {
  const std::string folder = "sys/bus/usb/devices/" + name;
  const std::string inner = folder + "/" + name + ":1.0/";
  const std::string beside = folder + ":1.0/";
  const std::string& interface = root.exists(inner + "bInterfaceClass") ? inner : beside;
  device.device_class = digits_of(root, interface + "bInterfaceClass");
  device.subclass = digits_of(root, interface + "bInterfaceSubClass");
}

}  // namespace

std::vector<PciDevice> pci_devices(const SystemRoot& root) {
  const std::string folder = "sys/bus/pci/devices";
  std::vector<PciDevice> found;
  IdNames ids;

  for (const std::string& slot : root.names(folder)) {
    const std::string path = folder + "/" + slot + "/";
    PciDevice device;
    device.slot = slot;
    device.vendor_id = digits_of(root, path + "vendor");
    device.device_id = digits_of(root, path + "device");
    if (device.vendor_id.empty()) continue;

    device.subsystem_vendor_id = digits_of(root, path + "subsystem_vendor");
    device.subsystem_device_id = digits_of(root, path + "subsystem_device");
    device.device_class = digits_of(root, path + "class").substr(0, 4);
    device.revision = digits_of(root, path + "revision");
    device.driver = last_step(root.link(path + "driver"));

    ids.want(device.vendor_id, device.device_id);
    ids.want_class(device.device_class);
    found.push_back(std::move(device));
  }

  ids.read(root, "pci.ids");
  for (PciDevice& device : found) {
    device.vendor = ids.name(device.vendor_id);
    device.device = ids.name(device.vendor_id + device.device_id);
    device.class_name = ids.class_name(device.device_class);
  }
  return found;
}

std::vector<UsbDevice> usb_devices(const SystemRoot& root) {
  const std::string folder = "sys/bus/usb/devices";
  std::vector<UsbDevice> found;
  IdNames ids;

  for (const std::string& name : root.names(folder)) {
    const std::string path = folder + "/" + name + "/";
    if (name.starts_with("usb") || name.find(':') != std::string::npos) continue;  // hosts, and parts of devices

    UsbDevice device;
    device.port = name;
    device.vendor_id = digits_of(root, path + "idVendor");
    device.product_id = digits_of(root, path + "idProduct");
    if (device.vendor_id.empty()) continue;

    device.serial = root.line(path + "serial");
    device.vendor = root.line(path + "manufacturer");
    device.product = root.line(path + "product");
    device.device_class = digits_of(root, path + "bDeviceClass");
    device.subclass = digits_of(root, path + "bDeviceSubClass");

    if (device.device_class == "00" || device.device_class.empty()) add_class_of_interface(root, name, device);
    if (device.vendor.empty() || device.product.empty()) ids.want(device.vendor_id, device.product_id);
    found.push_back(std::move(device));
  }

  ids.read(root, "usb.ids");
  for (UsbDevice& device : found) {
    if (device.vendor.empty()) device.vendor = ids.name(device.vendor_id);
    if (device.product.empty()) device.product = ids.name(device.vendor_id + device.product_id);
  }
  return found;
}

}  // namespace muster::platform
