#include "platform/accounts.h"

#include <fmt/core.h>

#include <windows.h>

#include <lm.h>
#include <wtsapi32.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "platform/windows/account_names.h"
#include "platform/windows/native.h"
#include "platform/windows/registry_facts.h"
#include "platform/windows/registry_key.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_accounts = 5'000;
constexpr DWORD page_size = 64 << 10;

struct FreeNet {
  void operator()(void* memory) const { ::NetApiBufferFree(memory); }
};
struct FreeSession {
  void operator()(void* memory) const { ::WTSFreeMemory(memory); }
};

using Fetch = std::function<NET_API_STATUS(BYTE** page, DWORD* count, DWORD_PTR* resume)>;

// Page by page, as the system hands such lists out.
template <class Entry, class Use>
void each(const SystemRoot& root, const std::string& what, const Fetch& fetch, const Use& use) {
  DWORD_PTR resume = 0;
  NET_API_STATUS status = ERROR_MORE_DATA;

  for (std::size_t seen = 0; status == ERROR_MORE_DATA;) {
    BYTE* page = nullptr;
    DWORD count = 0;
    status = fetch(&page, &count, &resume);
    const std::unique_ptr<void, FreeNet> freeing(page);
    if (status == ERROR_ACCESS_DENIED) return root.note("needs an administrator to list " + what);
    if (status != NERR_Success && status != ERROR_MORE_DATA) {
      return root.note(fmt::format("cannot list {} (error {})", what, status));
    }

    const auto* const entries = reinterpret_cast<const Entry*>(page);
    for (DWORD i = 0; i < count; ++i) use(entries[i]);
    seen += count;
    if (count == 0) return;
    if (seen >= max_accounts) return root.note(fmt::format("{} are more than {}: the others are left out", what, seen));
  }
}

// Its accounts are those of the whole domain.
bool is_domain_controller() {
  return registry_text(LR"(SYSTEM\CurrentControlSet\Control\ProductOptions)", L"ProductType") == "LanmanNT";
}

std::string profile_folder(const std::string& sid) {
  const std::wstring profile = LR"(SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\)" + wide(sid);
  return sid.empty() ? std::string() : registry_text(profile.c_str(), L"ProfileImagePath");
}

std::vector<std::string> members_of(const SystemRoot& root, const std::wstring& group) {
  std::vector<std::string> members;
  const Fetch fetch = [&](BYTE** page, DWORD* count, DWORD_PTR* resume) {
    DWORD total = 0;
    return ::NetLocalGroupGetMembers(nullptr, group.c_str(), 3, page, page_size, count, &total, resume);
  };
  each<LOCALGROUP_MEMBERS_INFO_3>(root, "the members of the group " + narrow(group), fetch,
                                  [&](const auto& member) { members.push_back(narrow(member.lgrmi3_domainandname)); });
  return members;
}

}  // namespace

std::vector<LocalUser> local_users(const SystemRoot& root) {
  std::vector<LocalUser> found;
  if (is_domain_controller()) return found;
  const Fetch fetch = [](BYTE** page, DWORD* count, DWORD_PTR* resume) {
    DWORD total = 0;
    auto place = static_cast<DWORD>(*resume);
    const auto status = ::NetUserEnum(nullptr, 20, FILTER_NORMAL_ACCOUNT, page, page_size, count, &total, &place);
    *resume = place;
    return status;
  };

  each<USER_INFO_20>(root, "the local users", fetch, [&](const USER_INFO_20& entry) {
    const std::string sid = account_sid(entry.usri20_name);
    LocalUser user;
    user.login = narrow(entry.usri20_name);
    user.id = sid.empty() ? std::to_string(entry.usri20_user_id) : sid;
    if (entry.usri20_full_name != nullptr) user.name = narrow(entry.usri20_full_name);
    user.home = profile_folder(sid);
    found.push_back(std::move(user));
  });
  return found;
}

std::vector<LocalGroup> local_groups(const SystemRoot& root) {
  std::vector<LocalGroup> found;
  if (is_domain_controller()) return found;
  const Fetch fetch = [](BYTE** page, DWORD* count, DWORD_PTR* resume) {
    DWORD total = 0;
    return ::NetLocalGroupEnum(nullptr, 0, page, page_size, count, &total, resume);
  };

  each<LOCALGROUP_INFO_0>(root, "the local groups", fetch, [&](const LOCALGROUP_INFO_0& entry) {
    const std::string name = narrow(entry.lgrpi0_name);
    const std::string sid = account_sid(entry.lgrpi0_name);
    found.push_back({name, sid.empty() ? name : sid, members_of(root, entry.lgrpi0_name)});
  });
  return found;
}

std::vector<std::string> logged_in_users(const SystemRoot& root) {
  WTS_SESSION_INFOW* sessions = nullptr;
  DWORD count = 0;
  std::vector<std::string> found;
  if (!::WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &sessions, &count)) {
    root.note(fmt::format("cannot list the users who are logged on (error {})", ::GetLastError()));
    return found;
  }
  const std::unique_ptr<void, FreeSession> freeing(sessions);

  for (DWORD i = 0; i < count; ++i) {
    wchar_t* name = nullptr;
    DWORD size = 0;
    if (!::WTSQuerySessionInformationW(WTS_CURRENT_SERVER_HANDLE, sessions[i].SessionId, WTSUserName, &name, &size)) {
      continue;
    }
    const std::unique_ptr<void, FreeSession> freeing_name(name);
    const std::string user = narrow(name);
    if (!user.empty() && std::find(found.begin(), found.end(), user) == found.end()) found.push_back(user);
  }
  return found;
}

std::optional<LastLogin> last_login(const SystemRoot& /*root*/) {
  const std::string user =
      registry_text(LR"(SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\LogonUI)", L"LastLoggedOnUser");
  return user.empty() ? std::nullopt : std::optional(LastLogin{user, std::nullopt});
}

}  // namespace muster::platform
