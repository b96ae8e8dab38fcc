#include "platform/services.h"

#include "platform/windows/native.h"
#include "platform/windows/service_handle.h"

namespace muster::platform {
namespace {

std::string start_of(SC_HANDLE__* services, const wchar_t* name, const SystemRoot& root) {
  const ServiceHandle service(::OpenServiceW(services, name, SERVICE_QUERY_CONFIG));
  if (!service && ::GetLastError() == ERROR_ACCESS_DENIED) {
    root.note("needs an administrator to read how the service " + narrow(name) + " starts");
  }

  std::vector<std::uint64_t> buffer(1024);  // 8 KiB, the system's limit
  auto* const facts = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
  DWORD needed = 0;
  const auto size = static_cast<DWORD>(buffer.size() * sizeof buffer[0]);
  if (!service || !::QueryServiceConfigW(service.get(), facts, size, &needed)) return {};

  switch (facts->dwStartType) {
    case SERVICE_AUTO_START:
    case SERVICE_BOOT_START:
    case SERVICE_SYSTEM_START: return "enabled";
    case SERVICE_DISABLED: return "disabled";
    default: return "static";
  }
}

}  // namespace

std::vector<SystemService> system_services(const SystemRoot& root) {
  std::vector<SystemService> found;
  const ServiceHandle services(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ENUMERATE_SERVICE));
  DWORD needed = 0;
  DWORD count = 0;
  if (!services) {
    root.note("needs an administrator to list the services");
    return found;
  }
  ::EnumServicesStatusExW(services.get(), SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, nullptr, 0, &needed,
                          &count, nullptr, nullptr);

  std::vector<std::uint64_t> buffer(needed / sizeof(std::uint64_t) + 512);  // some may be installed meanwhile
  auto* const bytes = reinterpret_cast<BYTE*>(buffer.data());
  const auto size = static_cast<DWORD>(buffer.size() * sizeof buffer[0]);
  if (!::EnumServicesStatusExW(services.get(), SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, bytes, size,
                               &needed, &count, nullptr, nullptr)) {
    return found;
  }

  const auto* const entries = reinterpret_cast<const ENUM_SERVICE_STATUS_PROCESSW*>(bytes);
  for (DWORD i = 0; i < count; ++i) {
    const ENUM_SERVICE_STATUS_PROCESSW& entry = entries[i];
    found.push_back({narrow(entry.lpServiceName), narrow(entry.lpDisplayName),
                     start_of(services.get(), entry.lpServiceName, root),
                     entry.ServiceStatusProcess.dwCurrentState == SERVICE_RUNNING});
  }
  return found;
}

}  // namespace muster::platform
