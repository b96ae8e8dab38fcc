#include "platform/collector_service.h"

#include <windows.h>

#include <sddl.h>

#include <fmt/core.h>

#include <memory>

#include "platform/file.h"
#include "platform/windows/access.h"
#include "platform/windows/account_names.h"
#include "platform/windows/native.h"
#include "platform/windows/service_handle.h"

namespace muster::platform {
namespace {

constexpr wchar_t collector_name[] = L"muster-collect";

tl::unexpected<Error> cannot(const char* what) {
  const DWORD number = ::GetLastError();
  std::string remedy;
  if (number == ERROR_ACCESS_DENIED) remedy = "run as an administrator";
  if (number == ERROR_SERVICE_DOES_NOT_EXIST) remedy = "run: muster service install";
  return fail(ErrorKind::failure,
              fmt::format("cannot {} the collector's service: {}", what, os_error(static_cast<int>(number))),
              std::move(remedy));
}

ServiceHandle open_collector(DWORD access) {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  return ServiceHandle(manager ? ::OpenServiceW(manager.get(), &collector_name[0], access) : nullptr);
}

std::wstring command_line() {
  std::wstring path(32'768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return L"\"" + path + L"\" collect --spool";
}

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

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
  const std::unique_ptr<void, FreeLocal> freeing(descriptor);
  return ::SetServiceObjectSecurity(service, DACL_SECURITY_INFORMATION, descriptor) != 0;
}

// It reads, and writes into folders that the system may write to: no privilege is needed for that.
bool drop_privileges(SC_HANDLE__* service) {
  wchar_t none[] = L"SeChangeNotifyPrivilege\0";
  SERVICE_REQUIRED_PRIVILEGES_INFOW privileges{&none[0]};
  return ::ChangeServiceConfig2W(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &privileges) != 0;
}

std::vector<std::string> configure(SC_HANDLE__* service) {
  std::vector<std::string> shortcomings;
  const auto note = [&](const char* what) {
    shortcomings.push_back(fmt::format("the collector's service has no {}: {}", what, last_os_error()));
  };

  std::wstring text = L"Takes the inventory of this device when the agent asks for it. Does not use the network.";
  SERVICE_DESCRIPTIONW description{text.data()};
  if (!::ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description)) note("description");
  if (!drop_privileges(service)) note("list of privileges");
  if (!let_agent_start(service)) note("right for the agent to start it");
  return shortcomings;
}

}  // namespace

Status request_collection(const std::filesystem::path& /*state*/) {
  const ServiceHandle service = open_collector(SERVICE_START);
  const bool runs =
      service && (::StartServiceW(service.get(), 0, nullptr) != 0 || ::GetLastError() == ERROR_SERVICE_ALREADY_RUNNING);
  return runs ? Status() : Status(cannot("start"));
}

Result<std::vector<std::string>> install_collector() {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CREATE_SERVICE));
  if (!manager) return cannot("install");
  const std::wstring command = command_line();
  ServiceHandle service(::CreateServiceW(
      manager.get(), &collector_name[0], L"Muster inventory collector", SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
      SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, command.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
  if (service) return configure(service.get());
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return cannot("install");

  service = open_collector(SERVICE_ALL_ACCESS);
  if (!service ||
      !::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL,
                              command.c_str(), nullptr, nullptr, nullptr, L"LocalSystem", nullptr, nullptr)) {
    return cannot("install");
  }
  return configure(service.get());
}

Status uninstall_collector() {
  const ServiceHandle service = open_collector(SERVICE_STOP | DELETE);
  if (!service) return ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? Status() : Status(cannot("uninstall"));
  SERVICE_STATUS status{};
  ::ControlService(service.get(), SERVICE_CONTROL_STOP, &status);  // one that stands still is as it shall be
  return ::DeleteService(service.get()) ? Status() : Status(cannot("uninstall"));
}

}  // namespace muster::platform
