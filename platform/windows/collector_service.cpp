#include "platform/collector_service.h"

#include <windows.h>

#include <sddl.h>

#include "platform/windows/access.h"
#include "platform/windows/account_names.h"
#include "platform/windows/local_memory.h"
#include "platform/windows/native.h"
#include "platform/windows/own_service.h"

namespace muster::platform {
namespace {

constexpr OwnService collector(L"muster-collect", "the collector's service");

// The rights that services have by default, and that of the agent to start this one.
bool let_agent_start(SC_HANDLE__* service) {
  const std::string agent = account_sid(&service_account_name[0]);
  if (agent.empty()) return false;
  const std::wstring rights =
      L"D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCRP;;;" + wide(agent) + L")";

  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1, &descriptor, nullptr)) {
    return false;
  }
  const LocalMemory freeing(descriptor);
  return ::SetServiceObjectSecurity(service, DACL_SECURITY_INFORMATION, descriptor) != 0;
}

}  // namespace

Status request_collection(const std::filesystem::path& /*state*/) {
  const ServiceHandle service = collector.open(SERVICE_START);
  const bool runs =
      service && (::StartServiceW(service.get(), 0, nullptr) != 0 || ::GetLastError() == ERROR_SERVICE_ALREADY_RUNNING);
  return runs ? Status() : Status(collector.cannot("start"));
}

Result<std::vector<std::string>> install_collector() {
  const auto installed =
      collector.install({L"Muster inventory collector", L"LocalSystem", L"collect --spool", SERVICE_DEMAND_START});
  if (!installed) return tl::unexpected(installed.error());

  // It reads, and writes into folders that the system may write to: no privilege is needed for that.
  ServiceSettings settings(collector, installed->service.get());
  settings.describe(L"Takes the inventory of this device when the agent asks for it. Does not use the network.");
  settings.drop_privileges();
  if (!let_agent_start(settings.service())) settings.note_missing("right for the agent to start it");
  return std::move(settings).shortcomings();
}

Status uninstall_collector() {
  const ServiceHandle service = collector.open(SERVICE_STOP | DELETE);
  if (!service) {
    return ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? Status() : Status(collector.cannot("uninstall"));
  }

  SERVICE_STATUS status{};
  ::ControlService(service.get(), SERVICE_CONTROL_STOP, &status);  // it may have stopped already
  return ::DeleteService(service.get()) ? Status() : Status(collector.cannot("uninstall"));
}

}  // namespace muster::platform
