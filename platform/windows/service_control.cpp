#include "platform/service_control.h"

#include <fmt/core.h>

#include <array>

#include "platform/file.h"
#include "platform/installed_package.h"
#include "platform/registry.h"
#include "platform/windows/access.h"
#include "platform/windows/own_service.h"

namespace muster::platform {
namespace {

constexpr DWORD restart_delay = 60'000;       // ms, twice
constexpr DWORD later_delay = 900'000;        // ms, from the third failure on
constexpr DWORD failures_forgotten = 86'400;  // s
constexpr DWORD time_to_stop = 60'000;        // ms, when the system shuts down

constexpr OwnService agent(&service_name[0], "the service");

// Where the Event Viewer finds the texts of the service's events.
constexpr const char* event_source = R"(SYSTEM\CurrentControlSet\Services\EventLog\Application\muster)";

Status name_event_texts() {
  return write_registry_text(RegistryView::bits_64, event_source, "EventMessageFile", running_program().string());
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

void start_and_stop(ServiceSettings& settings) {
  SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
  settings.set(SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "delayed start");
  SERVICE_PRESHUTDOWN_INFO shutdown{time_to_stop};
  settings.set(SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown, "time to stop when the system shuts down");
}

// Also after an end that it reports by its exit code. What does not pass soon, such as wrong preferences, is not tried
// every minute.
void restart(ServiceSettings& settings) {
  std::array<SC_ACTION, 3> actions{};
  actions.fill({SC_ACTION_RESTART, restart_delay});
  actions.back().Delay = later_delay;
  SERVICE_FAILURE_ACTIONSW failures{failures_forgotten, nullptr, nullptr, actions.size(), actions.data()};
  settings.set(SERVICE_CONFIG_FAILURE_ACTIONS, &failures, "restart after a failure");
  SERVICE_FAILURE_ACTIONS_FLAG also_exit_codes{TRUE};
  settings.set(SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_exit_codes, "restart after an exit code");
}

// Its account in access lists, and of the privileges of services only the one that every account has.
void rights(ServiceSettings& settings) {
  SERVICE_SID_INFO own_account{SERVICE_SID_TYPE_UNRESTRICTED};
  settings.set(SERVICE_CONFIG_SERVICE_SID_INFO, &own_account, "account in access lists");
  settings.drop_privileges();
}

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
  const auto installed =
      agent.install({L"Muster inventory agent", &service_account_name[0], L"run", SERVICE_AUTO_START});
  if (!installed) return tl::unexpected(installed.error());

  ServiceSettings settings(agent, installed->service.get());
  settings.describe(L"Collects the inventory of this device and uploads it to its beacons.");
  start_and_stop(settings);
  restart(settings);
  rights(settings);
  if (auto named = name_event_texts(); !named) settings.note(named.error().line());
  return Installation{installed->was_there, std::move(settings).shortcomings()};
}

Status uninstall_service() {
  const ServiceHandle service = agent.open(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
  if (!service) {
    return ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? Status() : Status(agent.cannot("uninstall"));
  }
  if (auto stopped = stop_service(); !stopped) return stopped;
  if (!::DeleteService(service.get())) return agent.cannot("uninstall");
  return remove_registry_key(RegistryView::bits_64, event_source);
}

Status start_service() {
  const ServiceHandle service = agent.open(SERVICE_START | SERVICE_QUERY_STATUS);
  if (!service) return agent.cannot("start");
  if (!::StartServiceW(service.get(), 0, nullptr) && ::GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return agent.cannot("start");
  }
  if (wait_for(service.get(), SERVICE_RUNNING)) return {};
  return fail(ErrorKind::failure, "the service did not start: " + why_it_ended(status_of(service.get())),
              "the Event Log and its log file say why; or run: muster run");
}

Status stop_service() {
  const ServiceHandle service = agent.open(SERVICE_STOP | SERVICE_QUERY_STATUS);
  if (!service) return agent.cannot("stop");
  SERVICE_STATUS status{};
  if (!::ControlService(service.get(), SERVICE_CONTROL_STOP, &status) && ::GetLastError() != ERROR_SERVICE_NOT_ACTIVE) {
    return agent.cannot("stop");
  }
  if (wait_for(service.get(), SERVICE_STOPPED)) return {};
  return fail(ErrorKind::failure, "the service did not stop within 60 s", "end its process in the task manager");
}

}  // namespace muster::platform
