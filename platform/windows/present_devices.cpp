#include "platform/windows/present_devices.h"

// The first one makes the next one define its identifiers.
#include <initguid.h>

#include <devguid.h>

#include <setupapi.h>

#include <array>

#include "platform/windows/native.h"
#include "platform/windows/registry_key.h"

namespace muster::platform {
namespace {

constexpr DWORD max_devices = 4096;

// DEVPKEY_Device_BusReportedDeviceDesc
constexpr DEVPROPKEY reported_name{{0x540b947e, 0x8b40, 0x45bc, {0xa8, 0xa2, 0x6a, 0x0b, 0x89, 0x4c, 0xbd, 0xa2}}, 4};

class DeviceList {
 public:
  DeviceList(const GUID* setup_class, const wchar_t* enumerator)
      : list_(::SetupDiGetClassDevsW(setup_class, enumerator, nullptr,
                                     DIGCF_PRESENT | (setup_class == nullptr ? DIGCF_ALLCLASSES : 0U))) {}
  DeviceList(const DeviceList&) = delete;
  DeviceList& operator=(const DeviceList&) = delete;
  ~DeviceList() {
    if (list_ != INVALID_HANDLE_VALUE) ::SetupDiDestroyDeviceInfoList(list_);
  }

  HDEVINFO get() const { return list_; }
  bool entry(DWORD index, SP_DEVINFO_DATA& device) const {
    device.cbSize = sizeof device;
    return list_ != INVALID_HANDLE_VALUE && ::SetupDiEnumDeviceInfo(list_, index, &device);
  }

 private:
  HDEVINFO list_;
};

// One device of a list, for as long as that lives.
class Entry {
 public:
  Entry(HDEVINFO list, SP_DEVINFO_DATA device) : list_(list), device_(device) {}

  std::string instance() {
    std::array<wchar_t, 1024> text{};
    return ::SetupDiGetDeviceInstanceIdW(list_, &device_, text.data(), text.size() - 1, nullptr) ? narrow(text.data())
                                                                                                 : std::string();
  }

  std::vector<std::string> texts(DWORD property) {
    alignas(wchar_t) std::array<BYTE, 8192> bytes{};
    DWORD type = REG_NONE;
    std::vector<std::string> found;
    // Two NULs stay at the end, whatever a driver has written.
    if (!::SetupDiGetDeviceRegistryPropertyW(list_, &device_, property, &type, bytes.data(), bytes.size() - 4,
                                             nullptr) ||
        (type != REG_SZ && type != REG_MULTI_SZ)) {
      return found;
    }

    const auto* at = reinterpret_cast<const wchar_t*>(bytes.data());
    for (; *at != L'\0'; at += std::wstring_view(at).size() + 1) found.push_back(narrow(at));
    return found;
  }

  std::string text(DWORD property) {
    const auto found = texts(property);
    return found.empty() ? std::string() : found.front();
  }

  std::optional<std::uint64_t> number(DWORD property) {
    DWORD value = 0;
    DWORD type = REG_NONE;
    const bool read = ::SetupDiGetDeviceRegistryPropertyW(list_, &device_, property, &type,
                                                          reinterpret_cast<BYTE*>(&value), sizeof value, nullptr);
    return read && type == REG_DWORD ? std::optional<std::uint64_t>(value) : std::nullopt;
  }

  std::string reported() {
    std::array<wchar_t, 512> text{};
    DEVPROPTYPE type = 0;
    const bool read =
        ::SetupDiGetDevicePropertyW(list_, &device_, &reported_name, &type, reinterpret_cast<BYTE*>(text.data()),
                                    static_cast<DWORD>((text.size() - 1) * sizeof(wchar_t)), nullptr, 0);
    return read && type == DEVPROP_TYPE_STRING ? narrow(text.data()) : std::string();
  }

  std::string identification() {
    HKEY key = ::SetupDiOpenDevRegKey(list_, &device_, DICS_FLAG_GLOBAL, 0, DIREG_DEV, KEY_READ);
    return key == INVALID_HANDLE_VALUE ? std::string() : FactKey(key).bytes(L"EDID");
  }

 private:
  HDEVINFO list_;
  SP_DEVINFO_DATA device_;
};

DeviceList list_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::pci: return {nullptr, L"PCI"};
    case DeviceKind::usb: return {nullptr, L"USB"};
    case DeviceKind::monitor: return {nullptr, L"DISPLAY"};
    case DeviceKind::keyboard: return {&GUID_DEVCLASS_KEYBOARD, nullptr};
    case DeviceKind::pointer: return {&GUID_DEVCLASS_MOUSE, nullptr};
  }
  return {nullptr, L"PCI"};
}

PresentDevice device_of(Entry entry, DeviceKind kind) {
  PresentDevice device;
  device.instance = entry.instance();
  device.description = entry.text(SPDRP_DEVICEDESC);
  device.reported = entry.reported();
  device.maker = entry.text(SPDRP_MFG);
  device.driver = entry.text(SPDRP_SERVICE);
  device.class_name = entry.text(SPDRP_CLASS);
  device.compatible = entry.texts(SPDRP_COMPATIBLEIDS);

  device.bus = entry.number(SPDRP_BUSNUMBER);
  device.address = entry.number(SPDRP_ADDRESS);
  if (kind == DeviceKind::monitor) device.identification = entry.identification();
  return device;
}

}  // namespace

std::vector<PresentDevice> present_devices(DeviceKind kind) {
  std::vector<PresentDevice> found;
  const DeviceList list = list_of(kind);
  SP_DEVINFO_DATA device{};
  for (DWORD i = 0; i < max_devices && list.entry(i, device); ++i) {
    found.push_back(device_of(Entry(list.get(), device), kind));
  }
  return found;
}

}  // namespace muster::platform
