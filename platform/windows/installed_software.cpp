#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "platform/packages.h"
#include "platform/windows/account_names.h"
#include "platform/windows/native.h"
#include "platform/windows/registry_facts.h"
#include "platform/windows/registry_key.h"
#include "platform/windows/software_names.h"

namespace muster::platform {
namespace {

constexpr std::uint64_t bytes_in_kib = 1024;
constexpr wchar_t uninstall[] = LR"(SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall)";
constexpr wchar_t all_apps[] = LR"(SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\Applications)";
constexpr wchar_t apps_of_user[] =
    LR"(Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages)";
constexpr wchar_t servicing[] = LR"(SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages)";

bool is_readable(const FactKey& key, const SystemRoot& root, const std::string& path) {
  if (key.is_refused()) root.note("needs an administrator to read " + path);
  return static_cast<bool>(key);
}

// As the system's own list of programs sorts them.
std::string category_of(const FactKey& key) {
  if (key.number(L"SystemComponent").value_or(0) != 0) return "system_component";
  const bool is_update = !key.text(L"ParentKeyName").empty() || !key.text(L"ReleaseType").empty();
  return is_update ? "update" : "application";
}

std::optional<Package> program_of(const FactKey& key, const std::wstring& name) {
  Package package;
  package.name = key.text(L"DisplayName");
  if (package.name.empty()) return std::nullopt;

  package.kind = "registry";
  package.version = key.text(L"DisplayVersion");
  package.publisher = key.text(L"Publisher");
  package.summary = key.text(L"Comments");
  package.homepage = key.text(L"URLInfoAbout");
  package.category = category_of(key);
  package.guid = product_guid(narrow(name));

  package.installed = install_date(key.text(L"InstallDate"));
  if (const auto size = key.number(L"EstimatedSize"); size && *size < (std::uint64_t{1} << 40U)) {
    package.size = *size * bytes_in_kib;
  }
  return package;
}

void add_programs(const FactKey& list, const Package& common, Packages& found) {
  for (const std::wstring& name : list.subkeys()) {
    const FactKey key(list.get(), name);
    auto package = program_of(key, name);
    if (!package) continue;

    package->architecture = common.architecture;
    package->user = common.user;
    found.push_back(std::move(*package));
  }
}

bool is_person(const std::wstring& hive) {
  return hive.starts_with(L"S-1-5-21-") || hive.starts_with(L"S-1-12-1-");  // local and of a domain; of Entra ID
}

// What the installer put into the user's own registry. It is loaded while the user is logged on.
void add_programs_of_users(const SystemRoot& root, Packages& found) {
  const FactKey users(HKEY_USERS, L"");
  for (const std::wstring& hive : users.subkeys()) {
    if (!is_person(hive) || hive.ends_with(L"_Classes")) continue;
    const FactKey list(users.get(), hive + L"\\" + &uninstall[0]);
    if (!is_readable(list, root, "the programs of the user " + narrow(hive))) continue;

    Package common;
    common.user = account_name(narrow(hive));
    add_programs(list, common, found);
  }
}

// Parts of an app for one language or resolution are no apps, and a bundle is the same app as its parts.
void add_app(const std::string& full_name, const std::string& user, Packages& found) {
  const auto parts = app_name(full_name);
  if (!parts || (!parts->resource.empty() && parts->resource != "~")) return;
  const auto known = std::find_if(found.begin(), found.end(), [&](const Package& one) {
    return one.name == parts->name && (one.version == parts->version || parts->resource == "~") &&
           (one.user.empty() || one.user == user);
  });
  if (known != found.end()) return;

  Package package;
  package.kind = "msix";
  package.name = parts->name;
  package.version = parts->version;
  package.architecture = parts->architecture == "x64" ? "x86_64" : parts->architecture;
  package.user = user;
  found.push_back(std::move(package));
}

std::vector<std::string> apps_in(const FactKey& list) {
  std::vector<std::string> names;
  for (const std::wstring& name : list.subkeys()) names.push_back(narrow(name));
  // Bundles last: their parts say which architecture they have.
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return name.find("_~_") == std::string::npos; });
  return names;
}

// CurrentState of a package: 0x70 is installed, 0x80 is installed and cannot be removed.
bool is_installed(const FactKey& key) {
  constexpr std::uint64_t installed = 0x70;
  constexpr std::uint64_t permanent = 0x80;
  const auto state = key.number(L"CurrentState");
  return state == installed || state == permanent;
}

std::optional<WallTime> installed_at(const FactKey& key) {
  const auto high = key.number(L"InstallTimeHigh");
  const auto low = key.number(L"InstallTimeLow");
  if (!high || !low || *high == 0) return std::nullopt;
  return wall_time(FILETIME{static_cast<DWORD>(*low), static_cast<DWORD>(*high)});
}

}  // namespace

Packages registered_programs(const SystemRoot& root) {
  Packages found;
  const std::pair<REGSAM, std::string> views[] = {{KEY_WOW64_64KEY, native_architecture()}, {KEY_WOW64_32KEY, "i386"}};
  for (const auto& [view, architecture] : views) {
    const FactKey list(HKEY_LOCAL_MACHINE, &uninstall[0], view);
    Package common;
    common.architecture = architecture;
    if (is_readable(list, root, "the installed programs of all users")) add_programs(list, common, found);
  }
  add_programs_of_users(root, found);
  return found;
}

Packages app_packages(const SystemRoot& root) {
  Packages found;
  const FactKey all(HKEY_LOCAL_MACHINE, &all_apps[0]);
  if (is_readable(all, root, "the apps of all users")) {
    for (const std::string& name : apps_in(all)) add_app(name, {}, found);
  }

  const FactKey users(HKEY_USERS, L"");
  for (const std::wstring& hive : users.subkeys()) {
    constexpr std::wstring_view classes = L"_Classes";
    if (!is_person(hive) || !hive.ends_with(classes)) continue;
    const std::string sid = narrow(hive.substr(0, hive.size() - classes.size()));
    const FactKey list(users.get(), hive + L"\\" + &apps_of_user[0]);
    if (!is_readable(list, root, "the apps of the user " + sid)) continue;

    const std::string user = account_name(sid);
    for (const std::string& name : apps_in(list)) add_app(name, user, found);
  }
  return found;
}

// One update consists of many packages, and the name of a cumulative one is not that of its article.
Packages system_updates(const SystemRoot& root) {
  Packages found;
  const FactKey list(HKEY_LOCAL_MACHINE, &servicing[0]);
  if (!is_readable(list, root, "the updates of the system")) return found;

  std::set<std::string> known;
  for (const std::wstring& name : list.subkeys()) {
    if (!name.starts_with(L"Package_for_")) continue;
    const FactKey key(list.get(), name);
    if (!is_installed(key)) continue;

    const UpdateName words = update_name(narrow(name));
    std::string knowledge = article(words.name);
    if (knowledge.empty()) knowledge = article(key.text(L"InstallLocation"));
    if (!known.insert(knowledge.empty() ? words.name + words.version : knowledge).second) continue;

    Package package;
    package.kind = "update";
    package.category = "update";
    package.publisher = "Microsoft Corporation";
    package.name = knowledge.empty() ? words.name : knowledge;
    package.version = words.version;
    package.installed = installed_at(key);
    found.push_back(std::move(package));
  }
  return found;
}

}  // namespace muster::platform
