#include "platform/firmware_table.h"

#include "platform/windows/native.h"

namespace muster::platform {

std::optional<std::string> firmware_table(const SystemRoot& /*root*/) {
  constexpr DWORD raw_smbios = 0x5253'4D42;  // 'RSMB'
  constexpr std::size_t header_size = 8;     // version and length
  const UINT size = ::GetSystemFirmwareTable(raw_smbios, 0, nullptr, 0);
  if (size <= header_size) return std::nullopt;

  std::string bytes(size, '\0');
  const UINT got = ::GetSystemFirmwareTable(raw_smbios, 0, bytes.data(), size);
  if (got <= header_size || got > size) return std::nullopt;
  return bytes.substr(header_size, got - header_size);
}

}  // namespace muster::platform
