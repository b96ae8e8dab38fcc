// The life of a service under the service manager, with the product's own host and control. The program installs
// itself: without an argument it drives, with `run` it is the service, which says what reaches it by the existence of
// files.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "platform/file.h"
#include "platform/service_control.h"
#include "platform/service_host.h"
#include "platform/signals.h"
#include "platform/wait.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"

using namespace muster;
using namespace muster::platform;

namespace {

std::filesystem::path trace(const char* name) {
  return std::filesystem::temp_directory_path() / (std::string("muster-service-") + name);
}

void leave(const char* name) { std::ofstream(trace(name)) << name; }

// The agent in short.
int serve() {
  const auto signals = Signals::take();
  if (!signals) return 1;
  tell_ready();

  for (;;) {
    const UniqueFd* const handles[] = {&signals->handle()};
    wait_any(handles, std::nullopt);
    const auto signal = signals->next();
    if (signal == Signal::reload) leave("reloaded");
    if (signal != Signal::stop) continue;

    tell_stopping();
    leave("stopped");
    return 0;
  }
}

void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("FAILED: %s: %s\n", what, last_os_error().c_str());
  static_cast<void>(uninstall_service());
  std::exit(1);
}

bool appears(const char* name) {
  const SteadyTime end = steady_now() + seconds(20);
  while (absent(trace(name))) {
    if (steady_now() >= end) return false;
    ::Sleep(20);
  }
  return true;
}

DWORD control(DWORD what) {
  SC_HANDLE__* const manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  SC_HANDLE__* const service = ::OpenServiceW(manager, &service_name[0], SERVICE_ALL_ACCESS);
  SERVICE_STATUS status{};
  const DWORD number = ::ControlService(service, what, &status) ? NO_ERROR : ::GetLastError();
  ::CloseServiceHandle(service);
  ::CloseServiceHandle(manager);
  return number;
}

int drive() {
  for (const char* name : {"reloaded", "stopped"}) std::filesystem::remove(trace(name));
  static_cast<void>(uninstall_service());
  check(!start_service(), "a service that is not there does not start");
  check(uninstall_service().has_value(), "one that is not there is uninstalled already");

  const auto installed = install_service();
  check(installed.has_value(), "the service is installed");
  for (const std::string& one : installed->shortcomings) std::printf("%s\n", one.c_str());
  check(!installed->was_there, "for the first time");
  const auto renewed = install_service();
  check(renewed && renewed->was_there, "and renewed when it is there");

  check(start_service().has_value(), "it starts");
  check(start_service().has_value(), "and runs already");
  check(control(SERVICE_CONTROL_PARAMCHANGE) == NO_ERROR, "a change of parameters is accepted");
  check(appears("reloaded"), "and is a reload");
  check(control(SERVICE_CONTROL_PAUSE) != NO_ERROR, "a pause is refused");

  check(stop_service().has_value(), "it stops");
  check(appears("stopped"), "by its own end");
  check(stop_service().has_value(), "and stands still already");
  check(start_service().has_value(), "it starts again");
  check(uninstall_service().has_value(), "a running service is stopped and uninstalled");
  check(!start_service(), "and gone");
  std::puts("All tests passed");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "run") return run_hosted(serve);
  return drive();
}
