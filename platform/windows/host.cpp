#include "platform/host.h"

#include <shlobj.h>

#include <array>

#include "platform/windows/native.h"

namespace muster::platform {

std::string host_name() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>(name.size());
  if (!::GetComputerNameExW(ComputerNamePhysicalDnsHostname, name.data(), &size) || size == 0) return "localhost";
  const std::string full = narrow({name.data(), size});
  return full.substr(0, full.find('.'));
}

// An elevated administrator or the system itself.
bool is_superuser() {
  HANDLE token = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token)) return false;
  const UniqueFd closing = owned(token);
  TOKEN_ELEVATION elevation{};
  DWORD size = 0;
  return ::GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size) &&
         elevation.TokenIsElevated != 0;
}

std::string user_name() {
  std::array<wchar_t, 257> name{};
  auto size = static_cast<DWORD>(name.size());
  if (!::GetUserNameW(name.data(), &size) || size == 0) return "unknown";
  return narrow({name.data(), size - 1});
}

std::filesystem::path default_data_directory() {
  wchar_t* folder = nullptr;
  const HRESULT found = ::SHGetKnownFolderPath(FOLDERID_ProgramData, 0, nullptr, &folder);
  const std::filesystem::path base = found == S_OK ? folder : L"C:\\ProgramData";
  ::CoTaskMemFree(folder);
  return base / "ManageSoft Corp" / "ManageSoft";
}

const char* how_to_gain_rights() { return "run as an administrator"; }

std::filesystem::path default_log_file(const std::filesystem::path& data_directory) {
  return data_directory / "log" / "muster.log";
}

std::string environment(const char* name) {
  const std::wstring key = wide(name);
  const DWORD needed = ::GetEnvironmentVariableW(key.c_str(), nullptr, 0);
  if (needed == 0) return {};
  std::wstring value(needed, L'\0');
  const DWORD length = ::GetEnvironmentVariableW(key.c_str(), value.data(), needed);
  return length < needed ? narrow({value.data(), length}) : std::string();
}

}  // namespace muster::platform
