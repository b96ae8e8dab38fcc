#include "platform/windows/access.h"

#include <aclapi.h>
#include <sddl.h>

#include <array>
#include <vector>

#include "platform/windows/account_names.h"
#include "platform/windows/local_memory.h"

namespace muster::platform {
namespace {

using SidBytes = std::vector<BYTE>;

PSID sid(SidBytes& bytes) { return bytes.data(); }

SidBytes well_known(WELL_KNOWN_SID_TYPE type) {
  SidBytes bytes(SECURITY_MAX_SID_SIZE);
  auto size = static_cast<DWORD>(bytes.size());
  if (!::CreateWellKnownSid(type, nullptr, bytes.data(), &size)) return {};
  return bytes;
}

SidBytes current_user() {
  HANDLE token = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token)) return {};
  const UniqueFd closing = owned(token);

  std::array<BYTE, 512> buffer{};
  DWORD size = 0;
  if (!::GetTokenInformation(token, TokenUser, buffer.data(), buffer.size(), &size)) return {};
  const PSID user = reinterpret_cast<const TOKEN_USER*>(buffer.data())->User.Sid;
  const auto* const begin = static_cast<const BYTE*>(user);
  return {begin, begin + ::GetLengthSid(user)};
}

// Empty while no service is installed.
SidBytes service_account() { return sid_of(&service_account_name[0]); }

std::wstring text_of(SidBytes bytes) { return bytes.empty() ? std::wstring() : wide(sid_text(sid(bytes))); }

bool is_ours(PSID account) {
  for (SidBytes trusted : {well_known(WinLocalSystemSid), well_known(WinBuiltinAdministratorsSid), current_user(),
                           service_account(), well_known(WinCreatorOwnerSid)}) {
    if (!trusted.empty() && ::EqualSid(account, sid(trusted))) return true;
  }
  return false;
}

struct Descriptor {
  LocalMemory memory;
  PSID owner = nullptr;
  PACL list = nullptr;
};

std::optional<Descriptor> descriptor_of(const UniqueFd& file) {
  Descriptor found;
  PSECURITY_DESCRIPTOR memory = nullptr;
  constexpr SECURITY_INFORMATION wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
  const DWORD number =
      ::GetSecurityInfo(handle_of(file), SE_FILE_OBJECT, wanted, &found.owner, nullptr, &found.list, nullptr, &memory);
  if (number != ERROR_SUCCESS) return std::nullopt;
  found.memory.reset(memory);
  return found;
}

}  // namespace

Security::Security(NewAccess access, NewOwner owner) {
  attributes_.nLength = sizeof attributes_;
  const auto full = [](const std::wstring& account) { return L"(A;OICI;FA;;;" + account + L")"; };

  std::wstring text = owner == NewOwner::administrators ? L"O:BA" : L"";
  text += L"D:P" + full(L"SY") + full(L"BA");
  if (const std::wstring user = text_of(current_user()); !user.empty()) text += full(user);
  if (const std::wstring service = text_of(service_account()); !service.empty()) {
    const wchar_t* const rights = access == NewAccess::service_writes ? L"0x1301bf" : L"FR";  // modify, or read
    text += std::wstring(L"(A;OICI;") + rights + L";;;" + service + L")";
  }

  ::ConvertStringSecurityDescriptorToSecurityDescriptorW(text.c_str(), SDDL_REVISION_1,
                                                         &attributes_.lpSecurityDescriptor, nullptr);
}

Security::~Security() { ::LocalFree(attributes_.lpSecurityDescriptor); }

PACL Security::list() const {
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL list = nullptr;
  ::GetSecurityDescriptorDacl(attributes_.lpSecurityDescriptor, &present, &list, &defaulted);
  return list;
}

std::optional<std::string> foreign_access(const UniqueFd& file, DWORD rights) {
  const auto found = descriptor_of(file);
  if (!found) return "an account that cannot be determined: " + last_os_error();
  if (found->list == nullptr) return "Everyone";

  for (DWORD i = 0; i < found->list->AceCount; ++i) {
    void* entry = nullptr;
    if (!::GetAce(found->list, i, &entry)) continue;
    auto* const allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if (allowed->Header.AceType != ACCESS_ALLOWED_ACE_TYPE) continue;
    if ((allowed->Header.AceFlags & INHERIT_ONLY_ACE) != 0) continue;
    if ((allowed->Mask & (rights | GENERIC_ALL)) == 0) continue;

    const PSID account = &allowed->SidStart;
    if (!is_ours(account)) return account_name(account);
  }
  return std::nullopt;
}

bool has_service_account() { return !service_account().empty(); }

std::vector<unsigned char> with_service_reading(std::vector<unsigned char>& descriptor) {
  SidBytes account = service_account();
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL old = nullptr;
  if (account.empty() || !::GetSecurityDescriptorDacl(descriptor.data(), &present, &old, &defaulted)) return {};
  if (old == nullptr) return descriptor;  // no list: every account has every right

  EXPLICIT_ACCESSW entry{};
  entry.grfAccessPermissions = GENERIC_READ;
  entry.grfAccessMode = GRANT_ACCESS;
  entry.Trustee.TrusteeForm = TRUSTEE_IS_SID;
  entry.Trustee.ptstrName = reinterpret_cast<wchar_t*>(account.data());
  PACL list = nullptr;
  const DWORD number = ::SetEntriesInAclW(1, &entry, old, &list);
  ::SetLastError(number);
  const LocalMemory freeing(list);

  SECURITY_DESCRIPTOR absolute{};
  if (number != ERROR_SUCCESS || !::InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION) ||
      !::SetSecurityDescriptorDacl(&absolute, TRUE, list, FALSE)) {
    return {};
  }
  DWORD size = 0;
  ::MakeSelfRelativeSD(&absolute, nullptr, &size);
  std::vector<unsigned char> fresh(size);
  return ::MakeSelfRelativeSD(&absolute, fresh.data(), &size) ? fresh : std::vector<unsigned char>();
}

std::optional<std::string> foreign_owner(const UniqueFd& file) {
  const auto found = descriptor_of(file);
  if (!found) return "an account that cannot be determined: " + last_os_error();
  if (found->owner != nullptr && is_ours(found->owner)) return std::nullopt;
  return found->owner == nullptr ? "no account" : account_name(found->owner);
}

}  // namespace muster::platform
