#include "platform/windows/account_names.h"

#include <sddl.h>

#include <array>

#include "platform/windows/local_memory.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_name = 512;

}  // namespace

std::string account_name(PSID sid) {
  std::array<wchar_t, max_name> name{};
  std::array<wchar_t, max_name> domain{};
  DWORD name_size = name.size();
  DWORD domain_size = domain.size();
  SID_NAME_USE use{};
  if (!::LookupAccountSidW(nullptr, sid, name.data(), &name_size, domain.data(), &domain_size, &use)) {
    return sid_text(sid);
  }

  const std::string place = narrow(domain.data());
  return place.empty() ? narrow(name.data()) : place + "\\" + narrow(name.data());
}

std::string account_name(const std::string& sid) {
  PSID parsed = nullptr;
  if (!::ConvertStringSidToSidW(wide(sid).c_str(), &parsed)) return sid;
  const LocalMemory freeing(parsed);
  return account_name(parsed);
}

std::string sid_text(PSID sid) {
  wchar_t* text = nullptr;
  if (!::ConvertSidToStringSidW(sid, &text)) return {};
  const LocalMemory freeing(text);
  return narrow(text);
}

std::vector<unsigned char> sid_of(const std::wstring& name) {
  std::vector<unsigned char> sid(SECURITY_MAX_SID_SIZE);
  std::array<wchar_t, max_name> domain{};
  auto size = static_cast<DWORD>(sid.size());
  DWORD domain_size = domain.size();
  SID_NAME_USE use{};
  const BOOL found = ::LookupAccountNameW(nullptr, name.c_str(), sid.data(), &size, domain.data(), &domain_size, &use);
  return found ? sid : std::vector<unsigned char>();
}

std::string account_sid(const std::wstring& name) {
  auto sid = sid_of(name);
  return sid.empty() ? std::string() : sid_text(sid.data());
}

}  // namespace muster::platform
