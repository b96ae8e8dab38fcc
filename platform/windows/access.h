// Access control lists: whom a new file belongs to, and who may read an existing one. Private to this folder and
// ssl/schannel.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/unique_fd.h"
#include "platform/windows/native.h"

namespace muster::platform {

// The name of the service and of the source of its events.
inline constexpr wchar_t service_name[] = L"muster";

// Its virtual account.
inline constexpr wchar_t service_account_name[] = L"NT SERVICE\\muster";

// Who may use a new file or folder besides the system and the administrators. None inherits what its folder allows.
enum class NewAccess {
  service_reads,   // configuration, certificates, keys
  service_writes,  // spool, state and logs
};

// An administrator may name the administrators; a new object belongs to whoever makes it.
enum class NewOwner { creator, administrators };

// What CreateFileW and CreateDirectoryW take. The user who runs this process has every right where that is no
// administrator. Without a service (its account is unknown then) it is left out.
class Security {
 public:
  explicit Security(NewAccess access, NewOwner owner = NewOwner::creator);
  Security(const Security&) = delete;
  Security& operator=(const Security&) = delete;
  ~Security();

  SECURITY_ATTRIBUTES* get() { return &attributes_; }
  PACL list() const;

 private:
  SECURITY_ATTRIBUTES attributes_{};
};

// The name of an account that has any of these rights and is neither the system, nor the administrators, nor this user,
// nor the service; nullopt where there is none. The file is open with READ_CONTROL.
std::optional<std::string> foreign_access(const UniqueFd& file, DWORD rights);

// Whether it belongs to the system, to the administrators or to this user; else the name of its owner.
std::optional<std::string> foreign_owner(const UniqueFd& file);

// Whether the service is installed: its account exists as long as it is.
bool has_service_account();

// A self-relative security descriptor with the right to read for the service beside all that it grants already; empty
// where it cannot be made: GetLastError() says why.
std::vector<unsigned char> with_service_reading(std::vector<unsigned char>& descriptor);

}  // namespace muster::platform
