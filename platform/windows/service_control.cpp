#include "platform/service_control.h"

#include <fmt/core.h>

#include <array>

#include "platform/file.h"
#include "platform/registry.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"
#include "platform/windows/service_handle.h"

namespace muster::platform {
namespace {

constexpr DWORD restart_delay = 60'000;       // ms, twice
constexpr DWORD later_delay = 900'000;        // ms, from the third failure on
constexpr DWORD failures_forgotten = 86'400;  // s
constexpr DWORD time_to_stop = 60'000;        // ms, when the system shuts down

tl::unexpected<Error> cannot(const char* what, DWORD number) {
  std::string remedy;
  if (number == ERROR_ACCESS_DENIED) remedy = "run as an administrator";
  if (number == ERROR_SERVICE_DOES_NOT_EXIST) remedy = "run: muster service install";
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

std::wstring program_path() {
  std::wstring path(32'768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path;
}

std::wstring command_line() { return L"\"" + program_path() + L"\" run"; }

// Where the Event Viewer finds the texts of the service's events.
constexpr const char* event_source = R"(SYSTEM\CurrentControlSet\Services\EventLog\Application\muster)";

Status name_event_texts() {
  return write_registry_text(RegistryView::bits_64, event_source, "EventMessageFile", narrow(program_path()));
}

SERVICE_STATUS_PROCESS status_of(SC_HANDLE__* service) {
  SERVICE_STATUS_PROCESS status{};
  DWORD size = 0;
  auto* const bytes = reinterpret_cast<BYTE*>(&status);
  if (!::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, bytes, sizeof status, &size)) return {};
  return status;
}

DWORD state_of(SC_HANDLE__* service) { return status_of(service).dwCurrentState; }

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

// What a service works without: a system that does not know one of these is no reason to have none.
class Configuration {
 public:
  explicit Configuration(SC_HANDLE__* service) : service_(service) {}

  std::vector<std::string> apply() {
    start_and_stop();
    restart();
    rights();
    if (auto named = name_event_texts(); !named) shortcomings_.push_back(named.error().line());
    return std::move(shortcomings_);
  }

 private:
  void start_and_stop() {
    std::wstring text = L"Collects the inventory of this device and uploads it to its beacons.";
    SERVICE_DESCRIPTIONW description{text.data()};
    set(SERVICE_CONFIG_DESCRIPTION, &description, "description");
    SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
    set(SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "delayed start");
    SERVICE_PRESHUTDOWN_INFO shutdown{time_to_stop};
    set(SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown, "time to stop when the system shuts down");
  }

  // Also after an end that it reports by its exit code. What does not pass soon, such as wrong preferences, is not
  // tried every minute.
  void restart() {
    std::array<SC_ACTION, 3> actions{};
    actions.fill({SC_ACTION_RESTART, restart_delay});
    actions.back().Delay = later_delay;
    SERVICE_FAILURE_ACTIONSW failures{failures_forgotten, nullptr, nullptr, actions.size(), actions.data()};
    set(SERVICE_CONFIG_FAILURE_ACTIONS, &failures, "restart after a failure");
    SERVICE_FAILURE_ACTIONS_FLAG also_exit_codes{TRUE};
    set(SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_exit_codes, "restart after an exit code");
  }

  // Its account in access lists, and of the privileges of services only the one that every account has.
  void rights() {
    SERVICE_SID_INFO own_account{SERVICE_SID_TYPE_UNRESTRICTED};
    set(SERVICE_CONFIG_SERVICE_SID_INFO, &own_account, "account in access lists");
    std::wstring only = std::wstring(L"SeChangeNotifyPrivilege") + L'\0';  // a list: it ends with two of these
    SERVICE_REQUIRED_PRIVILEGES_INFOW privileges{only.data()};
    set(SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &privileges, "limit to its privileges");
  }

  void set(DWORD what, void* value, const char* name) {
    if (::ChangeServiceConfig2W(service_, what, value)) return;
    shortcomings_.push_back(fmt::format("the service has no {}: {}", name, last_os_error()));
  }

  SC_HANDLE__* service_;
  std::vector<std::string> shortcomings_;
};

std::string why_it_ended(const SERVICE_STATUS_PROCESS& status) {
  if (status.dwCurrentState != SERVICE_STOPPED) return "it was not ready within 60 s";
  if (status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR) {
    return fmt::format("it ended with exit code {}", status.dwServiceSpecificExitCode);
  }
  return "it ended: " + os_error(static_cast<int>(status.dwWin32ExitCode));
}

}  // namespace

bool controls_services() { return true; }

Result<Installation> install_service() {
  const ServiceHandle manager = service_manager(SC_MANAGER_CREATE_SERVICE);
  if (!manager) return cannot("install");

  const std::wstring command = command_line();
  ServiceHandle service(::CreateServiceW(manager.get(), &service_name[0], L"Muster inventory agent", SERVICE_ALL_ACCESS,
                                         SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                         command.c_str(), nullptr, nullptr, nullptr, &service_account_name[0],
                                         nullptr));
  if (service) return Installation{false, Configuration(service.get()).apply()};
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return cannot("install");

  service = open_service(SERVICE_ALL_ACCESS);
  if (!service ||
      !::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                              command.c_str(), nullptr, nullptr, nullptr, &service_account_name[0], nullptr, nullptr)) {
    return cannot("install");
  }
  return Installation{true, Configuration(service.get()).apply()};
}

Status uninstall_service() {
  const ServiceHandle service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
  if (!service) {
    return ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? Status() : Status(cannot("uninstall"));
  }
  if (auto stopped = stop_service(); !stopped) return stopped;
  if (!::DeleteService(service.get())) return cannot("uninstall");
  return remove_registry_key(RegistryView::bits_64, event_source);
}

Status start_service() {
  const ServiceHandle service = open_service(SERVICE_START | SERVICE_QUERY_STATUS);
  if (!service) return cannot("start");
  if (!::StartServiceW(service.get(), 0, nullptr) && ::GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return cannot("start");
  }
  if (wait_for(service.get(), SERVICE_RUNNING)) return {};
  return fail(ErrorKind::failure, "the service did not start: " + why_it_ended(status_of(service.get())),
              "the Event Log and its log file say why; or run: muster run");
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
