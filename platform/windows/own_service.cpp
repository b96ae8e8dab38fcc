#include "platform/windows/own_service.h"

#include <fmt/core.h>

#include "platform/file.h"
#include "platform/installed_package.h"

namespace muster::platform {
namespace {

std::string remedy_for(DWORD number) {
  switch (number) {
    case ERROR_ACCESS_DENIED: return "run as an administrator";
    case ERROR_SERVICE_DOES_NOT_EXIST: return "run: muster service install";
    case ERROR_SERVICE_MARKED_FOR_DELETE: return "close what shows the list of services, then try again";
    case ERROR_SERVICE_LOGON_FAILED: return "allow its account to log on as a service";
    default: return {};
  }
}

}  // namespace

tl::unexpected<Error> OwnService::cannot(const char* what) const {
  const DWORD number = ::GetLastError();
  return fail(ErrorKind::failure, fmt::format("cannot {} {}: {}", what, words_, os_error(static_cast<int>(number))),
              remedy_for(number));
}

ServiceHandle OwnService::open(DWORD access) const {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  return ServiceHandle(manager ? ::OpenServiceW(manager.get(), name_, access) : nullptr);
}

Result<OwnService::Installed> OwnService::install(const Properties& properties) const {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CREATE_SERVICE));
  if (!manager) return cannot("install");

  const std::wstring command = L"\"" + running_program().wstring() + L"\" " + properties.arguments;
  ServiceHandle service(::CreateServiceW(manager.get(), name_, properties.shown_name, SERVICE_ALL_ACCESS,
                                         SERVICE_WIN32_OWN_PROCESS, properties.start, SERVICE_ERROR_NORMAL,
                                         command.c_str(), nullptr, nullptr, nullptr, properties.account, nullptr));
  if (service) return Installed{std::move(service), false};
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return cannot("install");

  service = open(SERVICE_ALL_ACCESS);
  if (!service ||
      !::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, properties.start, SERVICE_ERROR_NORMAL,
                              command.c_str(), nullptr, nullptr, nullptr, properties.account, nullptr, nullptr)) {
    return cannot("install");
  }
  return Installed{std::move(service), true};
}

void ServiceSettings::set(DWORD what, void* value, const char* name) {
  if (!::ChangeServiceConfig2W(service_, what, value)) note_missing(name);
}

void ServiceSettings::describe(std::wstring text) {
  SERVICE_DESCRIPTIONW description{text.data()};
  set(SERVICE_CONFIG_DESCRIPTION, &description, "description");
}

void ServiceSettings::drop_privileges() {
  std::wstring only = std::wstring(L"SeChangeNotifyPrivilege") + L'\0';  // a list: it ends with two of these
  SERVICE_REQUIRED_PRIVILEGES_INFOW privileges{only.data()};
  set(SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &privileges, "limit to its privileges");
}

void ServiceSettings::note_missing(const char* name) {
  note(fmt::format("{} has no {}: {}", own_.words(), name, last_os_error()));
}

}  // namespace muster::platform
