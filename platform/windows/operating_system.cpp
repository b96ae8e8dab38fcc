#include "platform/operating_system.h"

#include <fmt/core.h>

#include <array>

#include "platform/host.h"
#include "platform/local_time.h"
#include "platform/windows/native.h"
#include "platform/windows/registry_facts.h"

namespace muster::platform {
namespace {

constexpr wchar_t current_version[] = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

struct Version {
  DWORD major = 0;
  DWORD minor = 0;
  DWORD build = 0;
  bool is_server = false;
};

// GetVersionEx() says what the manifest of the program wants to hear.
Version true_version() {
  using GetVersion = long(WINAPI*)(OSVERSIONINFOEXW*);
  const auto get = system_function<GetVersion>(L"ntdll.dll", "RtlGetVersion");
  OSVERSIONINFOEXW facts{};
  facts.dwOSVersionInfoSize = sizeof facts;
  if (get == nullptr || get(&facts) != 0) return {};
  return {facts.dwMajorVersion, facts.dwMinorVersion, facts.dwBuildNumber, facts.wProductType != VER_NT_WORKSTATION};
}

// "Windows 10 Pro" also on Windows 11: the registry kept the old name.
std::string product_name(const Version& version) {
  constexpr DWORD first_build_of_11 = 22'000;
  constexpr std::string_view old_name = "Windows 10";
  std::string name = registry_text(&current_version[0], L"ProductName");
  const bool is_11 = !version.is_server && version.build >= first_build_of_11;
  if (is_11 && name.starts_with(old_name)) name.replace(0, old_name.size(), "Windows 11");
  return name.empty() ? "Windows" : name;
}

std::string domain() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>(name.size());
  if (!::GetComputerNameExW(ComputerNamePhysicalDnsDomain, name.data(), &size)) return {};
  return narrow({name.data(), size});
}

std::string offset_text(seconds offset) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  const auto absolute = minutes < 0 ? -minutes : minutes;
  return fmt::format("{}{:02}{:02}", minutes < 0 ? '-' : '+', absolute / 60, absolute % 60);
}

}  // namespace

std::string assigned_value(const SystemRoot& /*root*/, const std::string& /*path*/, const std::string& /*name*/) {
  return {};
}

OperatingSystem operating_system(const SystemRoot& /*root*/) {
  const Version version = true_version();
  OperatingSystem system;
  system.id = "windows";
  system.name = "Windows";
  system.full_name = product_name(version);
  const std::string release = registry_text(&current_version[0], L"DisplayVersion");  // "23H2"
  if (!release.empty()) system.full_name += " " + release;
  system.edition = registry_text(&current_version[0], L"EditionID");

  system.version_id = fmt::format("{}.{}.{}", version.major, version.minor, version.build);
  const auto revision = registry_number(&current_version[0], L"UBR");
  system.version = revision ? fmt::format("{}.{}", system.version_id, *revision) : system.version_id;
  system.kernel_name = "MSWin32";
  system.kernel = system.version;

  system.architecture = native_architecture();
  system.host_name = host_name();
  system.domain = domain();

  DYNAMIC_TIME_ZONE_INFORMATION zone{};
  ::GetDynamicTimeZoneInformation(&zone);
  system.timezone = narrow(&zone.TimeZoneKeyName[0]);
  system.timezone_offset = offset_text(utc_offset(wall_now()));

  system.booted = std::chrono::floor<seconds>(wall_now() - milliseconds(::GetTickCount64()));
  if (const auto installed = registry_number(&current_version[0], L"InstallDate")) {
    system.installed = WallTime(seconds(*installed));
  }
  return system;
}

std::string machine_id(const SystemRoot& /*root*/) {
  return registry_text(L"SOFTWARE\\Microsoft\\Cryptography", L"MachineGuid");
}

}  // namespace muster::platform
