#include "platform/storage.h"

#include <windows.h>

#include <winioctl.h>

#include <fmt/core.h>

#include <array>
#include <memory>

#include "platform/base/text.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr unsigned max_disks = 64;
constexpr unsigned max_volumes = 1024;
constexpr std::size_t drive_length = 3;  // "C:\\"

std::string bus_name(STORAGE_BUS_TYPE type) {
  switch (type) {
    case BusTypeScsi:
    case BusTypeSas:
    case BusTypeiScsi: return "SCSI";
    case BusTypeAta:
    case BusTypeSata: return "SATA";
    case BusTypeUsb: return "USB";
    case BusTypeSd:
    case BusTypeMmc: return "MMC";
    case BusTypeNvme: return "NVMe";
    default: return {};
  }
}

struct Description {
  alignas(STORAGE_DEVICE_DESCRIPTOR) std::array<char, 2048> bytes{};

  const STORAGE_DEVICE_DESCRIPTOR& facts() const {
    return *reinterpret_cast<const STORAGE_DEVICE_DESCRIPTOR*>(bytes.data());
  }
  std::string text(DWORD offset) const {
    if (offset == 0 || offset >= bytes.size() - 1) return {};
    return std::string(text::trim(&bytes[offset]));
  }
};

bool describe(const UniqueFd& drive, Description& description) {
  STORAGE_PROPERTY_QUERY query{};
  query.PropertyId = StorageDeviceProperty;
  query.QueryType = PropertyStandardQuery;
  DWORD size = 0;
  return ::DeviceIoControl(handle_of(drive), IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof query,
                           description.bytes.data(), static_cast<DWORD>(description.bytes.size() - 1), &size,
                           nullptr) != 0;
}

std::optional<std::uint64_t> length_of(const UniqueFd& drive) {
  DISK_GEOMETRY_EX geometry{};
  DWORD size = 0;
  if (!::DeviceIoControl(handle_of(drive), IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, nullptr, 0, &geometry, sizeof geometry,
                         &size, nullptr)) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(geometry.DiskSize.QuadPart);
}

FileSystem file_system_at(const wchar_t* drive) {
  FileSystem found;
  found.mount_point = narrow(drive);
  found.device = found.mount_point;
  std::array<wchar_t, 64> label{};
  std::array<wchar_t, 64> type{};
  DWORD serial = 0;
  if (::GetVolumeInformationW(drive, label.data(), label.size(), &serial, nullptr, nullptr, type.data(), type.size())) {
    found.label = narrow(label.data());
    found.type = narrow(type.data());
    found.uuid = fmt::format("{:08x}", serial);
  }

  ULARGE_INTEGER free{};
  ULARGE_INTEGER total{};
  if (::GetDiskFreeSpaceExW(drive, &free, &total, nullptr)) {
    found.total = total.QuadPart;
    found.free = free.QuadPart;
  }

  std::array<wchar_t, MAX_PATH> windows{};
  ::GetWindowsDirectoryW(windows.data(), windows.size());
  found.system = std::wstring_view(drive).size() == drive_length && windows[0] == drive[0];
  return found;
}

bool holds_data(const wchar_t* place) {
  const UINT type = ::GetDriveTypeW(place);
  return type == DRIVE_FIXED || type == DRIVE_REMOTE || type == DRIVE_REMOVABLE;
}

// Of one volume: its drive letter, and the folders that it is mounted in.
void add_mounted_folders(const wchar_t* volume, std::vector<FileSystem>& found) {
  std::vector<wchar_t> places(32'768);
  DWORD length = 0;
  const auto size = static_cast<DWORD>(places.size() - 1);
  if (!::GetVolumePathNamesForVolumeNameW(volume, places.data(), size, &length)) return;

  for (const wchar_t* place = places.data(); *place != L'\0'; place += std::wstring_view(place).size() + 1) {
    if (std::wstring_view(place).size() > drive_length && holds_data(place)) found.push_back(file_system_at(place));
  }
}

struct CloseSearch {
  void operator()(void* search) const { ::FindVolumeClose(search); }
};

}  // namespace

std::vector<Disk> disks(const SystemRoot& /*root*/) {
  std::vector<Disk> found;
  for (unsigned i = 0; i < max_disks; ++i) {
    const std::string name = fmt::format("PhysicalDrive{}", i);
    const UniqueFd drive = owned(::CreateFileW(wide("\\\\.\\" + name).c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                               nullptr, OPEN_EXISTING, 0, nullptr));
    Description description;
    if (!drive || !describe(drive, description)) continue;

    const STORAGE_DEVICE_DESCRIPTOR& facts = description.facts();
    Disk disk;
    disk.name = name;
    disk.vendor = description.text(facts.VendorIdOffset);
    disk.model = description.text(facts.ProductIdOffset);
    disk.serial = description.text(facts.SerialNumberOffset);
    disk.firmware = description.text(facts.ProductRevisionOffset);

    disk.bus = bus_name(facts.BusType);
    disk.type = facts.RemovableMedia ? "removable" : "disk";
    disk.size = length_of(drive);
    found.push_back(std::move(disk));
  }
  return found;
}

std::vector<FileSystem> file_systems(const SystemRoot& /*root*/) {
  std::array<wchar_t, 512> names{};
  const DWORD length = ::GetLogicalDriveStringsW(names.size() - 1, names.data());
  std::vector<FileSystem> found;
  if (length >= names.size()) return found;

  for (const wchar_t* name = names.data(); *name != L'\0'; name += std::wstring_view(name).size() + 1) {
    if (holds_data(name)) found.push_back(file_system_at(name));
  }

  std::array<wchar_t, MAX_PATH> volume{};
  HANDLE first = ::FindFirstVolumeW(volume.data(), volume.size());
  if (first == INVALID_HANDLE_VALUE) return found;
  const std::unique_ptr<void, CloseSearch> search(first);

  for (unsigned i = 0; i < max_volumes; ++i) {
    add_mounted_folders(volume.data(), found);
    if (!::FindNextVolumeW(search.get(), volume.data(), volume.size())) break;
  }
  return found;
}

}  // namespace muster::platform
