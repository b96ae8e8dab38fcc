#include "platform/service_host.h"

#include <mutex>

#include "platform/windows/access.h"
#include "platform/windows/native.h"
#include "platform/windows/signal_queue.h"

namespace muster::platform {
namespace {

constexpr DWORD start_hint = 30'000;  // ms
constexpr DWORD stop_hint = 30'000;

// Of the process, while the service manager runs it.
struct Host {
  std::mutex mutex;
  SERVICE_STATUS_HANDLE handle = nullptr;
  SERVICE_STATUS status{};
  const std::function<int()>* work = nullptr;
  int result = 0;
};

Host& host() {
  static Host only;
  return only;
}

void report(DWORD state, DWORD hint, int exit_code = 0) {
  Host& current = host();
  const std::lock_guard lock(current.mutex);
  if (current.handle == nullptr) return;

  const bool is_moving = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
  SERVICE_STATUS& status = current.status;
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCheckPoint = is_moving ? status.dwCheckPoint + 1 : 0;
  status.dwCurrentState = state;
  status.dwWaitHint = hint;
  status.dwControlsAccepted =
      state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE : 0;
  status.dwWin32ExitCode = exit_code == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
  status.dwServiceSpecificExitCode = static_cast<DWORD>(exit_code);
  ::SetServiceStatus(current.handle, &status);
}

DWORD WINAPI on_control(DWORD control, DWORD /*event*/, void* /*details*/, void* /*context*/) {
  switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
      report(SERVICE_STOP_PENDING, stop_hint);
      deliver(Signal::stop);
      return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE: deliver(Signal::reload); return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE: return NO_ERROR;
    default: return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

// On a thread of the system; the one that called run_hosted() serves the service manager meanwhile.
void WINAPI service_main(DWORD /*count*/, wchar_t** /*words*/) {
  Host& current = host();
  {
    const std::lock_guard lock(current.mutex);
    current.handle = ::RegisterServiceCtrlHandlerExW(&service_name[0], &on_control, nullptr);
    if (current.handle == nullptr) return;
  }
  report(SERVICE_START_PENDING, start_hint);
  current.result = (*current.work)();
  report(SERVICE_STOPPED, 0, current.result);
}

}  // namespace

int run_hosted(const std::function<int()>& work) {
  host().work = &work;
  std::wstring name = &service_name[0];
  const SERVICE_TABLE_ENTRYW services[] = {{name.data(), &service_main}, {nullptr, nullptr}};
  if (::StartServiceCtrlDispatcherW(&services[0])) return host().result;
  return work();  // started by a person
}

void tell_ready() { report(SERVICE_RUNNING, 0); }
void tell_reloading() {}  // there is no such state
void tell_stopping() { report(SERVICE_STOP_PENDING, stop_hint); }
void tell_status(const std::string& /*line*/) {}  // it shows none
void tell_alive() {}

std::optional<microseconds> watchdog_period() { return std::nullopt; }

}  // namespace muster::platform
