#include "platform/windows/account_names.h"

#include <windows.h>

#include <sddl.h>

#include <array>
#include <memory>

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

constexpr std::size_t max_name = 512;
constexpr std::size_t max_sid = 256;

}  // namespace

std::string account_name(const std::string& sid) {
  PSID parsed = nullptr;
  if (!::ConvertStringSidToSidW(wide(sid).c_str(), &parsed)) return sid;
  const std::unique_ptr<void, FreeLocal> freeing(parsed);

  std::array<wchar_t, max_name> name{};
  std::array<wchar_t, max_name> domain{};
  DWORD name_size = name.size();
  DWORD domain_size = domain.size();
  SID_NAME_USE use{};
  if (!::LookupAccountSidW(nullptr, parsed, name.data(), &name_size, domain.data(), &domain_size, &use)) return sid;

  const std::string place = narrow(domain.data());
  return place.empty() ? narrow(name.data()) : place + "\\" + narrow(name.data());
}

std::string account_sid(const std::wstring& name) {
  alignas(SID) std::array<BYTE, max_sid> sid{};
  std::array<wchar_t, max_name> domain{};
  DWORD size = sid.size();
  DWORD domain_size = domain.size();
  SID_NAME_USE use{};
  if (!::LookupAccountNameW(nullptr, name.c_str(), sid.data(), &size, domain.data(), &domain_size, &use)) return {};

  wchar_t* text = nullptr;
  if (!::ConvertSidToStringSidW(sid.data(), &text)) return {};
  const std::unique_ptr<wchar_t, FreeLocal> freeing(text);
  return narrow(text);
}

}  // namespace muster::platform
