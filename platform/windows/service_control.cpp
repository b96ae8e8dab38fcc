#include "platform/service_control.h"

#include <fmt/core.h>

#include <array>

#include "platform/file.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"
#include "platform/windows/service_handle.h"

namespace muster::platform {
namespace {

constexpr DWORD restart_delay = 60'000;       // ms
constexpr DWORD failures_forgotten = 86'400;  // s
constexpr DWORD time_to_stop = 60'000;        // ms, when the system shuts down

tl::unexpected<Error> cannot(const char* what, DWORD number) {
  std::string remedy;
  if (number == ERROR_ACCESS_DENIED) remedy = "run as an administrator";
  if (number == ERROR_SERVICE_DOES_NOT_EXIST) remedy = "muster service install";
  if (number == ERROR_SERVICE_MARKED_FOR_DELETE) remedy = "close what shows the list of services, then try again";
  if (number == ERROR_SERVICE_LOGON_FAILED) remedy = "allow its account to log on as a service";
  return fail(ErrorKind::failure, fmt::format("cannot {} the service: {}", what, os_error(static_cast<int>(number))),
              std::move(remedy));
}

tl::unexpected<Error> cannot(const char* what) { return cannot(what, ::GetLastError()); }

ServiceHandle service_manager(DWORD access) { return ServiceHandle(::OpenSCManagerW(nullptr, nullptr, access)); }

ServiceHandle open_service(DWORD access) {
  const ServiceHandle manager = service_manager(SC_MANAGER_CONNECT);
  return ServiceHandle(manager ? ::OpenServiceW(manager.get(), &service_name[0], access) : nullptr);
}

std::wstring command_line() {
  std::wstring path(32'768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return L"\"" + path + L"\" run";
}

DWORD state_of(SC_HANDLE__* service) {
  SERVICE_STATUS_PROCESS status{};
  DWORD size = 0;
  auto* const bytes = reinterpret_cast<BYTE*>(&status);
  if (!::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, bytes, sizeof status, &size)) return 0;
  return status.dwCurrentState;
}

// The manager reports no change of a state to a handle that can be waited for.
bool wait_for(SC_HANDLE__* service, DWORD wanted) {
  constexpr milliseconds patience{60'000};
  constexpr DWORD pause = 100;  // ms
  const SteadyTime end = steady_now() + patience;

  for (DWORD state = state_of(service); state != wanted; state = state_of(service)) {
    const bool has_failed = wanted == SERVICE_RUNNING && state == SERVICE_STOPPED;
    if (has_failed || state == 0 || steady_now() >= end) return false;
    ::Sleep(pause);
  }
  return true;
}

void note(Shortcomings& shortcomings, const char* what) {
  shortcomings.push_back(fmt::format("the service has no {}: {}", what, last_os_error()));
}

// What a service works without: a system that does not know one of these is no reason to have none.
Shortcomings configure(SC_HANDLE__* service) {
  Shortcomings shortcomings;
  std::wstring text = L"Collects the inventory of this device and uploads it to its beacons.";
  SERVICE_DESCRIPTIONW description{text.data()};
  if (!::ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description)) note(shortcomings, "description");

  SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
  if (!::ChangeServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed)) {
    note(shortcomings, "delayed start");
  }

  std::array<SC_ACTION, 3> actions{};
  actions.fill({SC_ACTION_RESTART, restart_delay});
  SERVICE_FAILURE_ACTIONSW failures{failures_forgotten, nullptr, nullptr, actions.size(), actions.data()};
  SERVICE_FAILURE_ACTIONS_FLAG also_exit_codes{TRUE};
  if (!::ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failures) ||
      !::ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_exit_codes)) {
    note(shortcomings, "restart after a failure");
  }

  SERVICE_PRESHUTDOWN_INFO shutdown{time_to_stop};
  if (!::ChangeServiceConfig2W(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown)) note(shortcomings, "time to stop");
  SERVICE_SID_INFO own_account{SERVICE_SID_TYPE_UNRESTRICTED};
  if (!::ChangeServiceConfig2W(service, SERVICE_CONFIG_SERVICE_SID_INFO, &own_account)) {
    note(shortcomings, "account in access lists");
  }
  return shortcomings;
}

}  // namespace

bool controls_services() { return true; }

Result<Shortcomings> install_service() {
  const ServiceHandle manager = service_manager(SC_MANAGER_CREATE_SERVICE);
  if (!manager) return cannot("install");

  const std::wstring command = command_line();
  ServiceHandle service(::CreateServiceW(manager.get(), &service_name[0], L"Muster inventory agent", SERVICE_ALL_ACCESS,
                                         SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                         command.c_str(), nullptr, nullptr, nullptr, &service_account_name[0],
                                         nullptr));
  if (service) return configure(service.get());
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return cannot("install");

  service = open_service(SERVICE_ALL_ACCESS);
  if (!service ||
      !::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                              command.c_str(), nullptr, nullptr, nullptr, &service_account_name[0], nullptr, nullptr)) {
    return cannot("install");
  }
  return configure(service.get());
}

Status uninstall_service() {
  const ServiceHandle service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
  if (!service) {
    return ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? Status() : Status(cannot("uninstall"));
  }
  if (auto stopped = stop_service(); !stopped) return stopped;
  if (!::DeleteService(service.get())) return cannot("uninstall");
  return {};
}

Status start_service() {
  const ServiceHandle service = open_service(SERVICE_START | SERVICE_QUERY_STATUS);
  if (!service) return cannot("start");
  if (!::StartServiceW(service.get(), 0, nullptr) && ::GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return cannot("start");
  }
  if (wait_for(service.get(), SERVICE_RUNNING)) return {};
  return fail(ErrorKind::failure, "the service did not start: it ended, or was not ready within 60 s",
              "read its log, or run `muster run` to see why");
}

Status stop_service() {
  const ServiceHandle service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS);
  if (!service) return cannot("stop");
  SERVICE_STATUS status{};
  if (!::ControlService(service.get(), SERVICE_CONTROL_STOP, &status) && ::GetLastError() != ERROR_SERVICE_NOT_ACTIVE) {
    return cannot("stop");
  }
  if (wait_for(service.get(), SERVICE_STOPPED)) return {};
  return fail(ErrorKind::failure, "the service did not stop within 60 s", "end its process in the task manager");
}

}  // namespace muster::platform
