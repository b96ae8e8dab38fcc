#include "platform/processes.h"

#include <windows.h>

#include <tlhelp32.h>

#include <array>

#include "platform/base/text.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

std::string executable_of(DWORD pid) {
  const UniqueFd process = owned(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
  std::array<wchar_t, 4096> path{};
  auto size = static_cast<DWORD>(path.size());
  if (!process || !::QueryFullProcessImageNameW(handle_of(process), 0, path.data(), &size)) return {};
  return narrow({path.data(), size});
}

// "postgres": products are known by the same names on every system.
std::string without_suffix(std::string name) {
  constexpr std::string_view suffix = ".exe";
  if (name.size() > suffix.size() && text::equal_ignoring_case(name.substr(name.size() - suffix.size()), suffix)) {
    name.resize(name.size() - suffix.size());
  }
  return name;
}

}  // namespace

std::vector<RunningProgram> running_programs(const SystemRoot& /*root*/) {
  std::vector<RunningProgram> found;
  const UniqueFd snapshot = owned(::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  PROCESSENTRY32W entry{};
  entry.dwSize = sizeof entry;
  if (!snapshot || !::Process32FirstW(handle_of(snapshot), &entry)) return found;

  do {
    found.push_back(
        {entry.th32ProcessID, without_suffix(narrow(&entry.szExeFile[0])), executable_of(entry.th32ProcessID)});
  } while (::Process32NextW(handle_of(snapshot), &entry));
  return found;
}

// Windows does not know which installation a file came with.
std::vector<std::optional<OwningPackage>> owning_packages(const SystemRoot& /*root*/,
                                                          const std::vector<std::string>& files) {
  return std::vector<std::optional<OwningPackage>>(files.size());
}

}  // namespace muster::platform
