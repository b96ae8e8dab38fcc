// Files that hold a private key or its password. The rules are those of ssh: see open_private().
#pragma once

#include <filesystem>
#include <string_view>

#include "platform/atomic_file.h"
#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Name of the group that the service runs as; a key may be readable by it: root:muster 0640.
inline constexpr char service_group[] = "muster";

// Opens a private key file and judges the open file: it is regular, belongs to root or the calling user, and no other
// user may read it. There are two exceptions: root:muster 0640, and root:root 0440 for a credential(), where these bits
// are the mask of an ACL by which systemd lets the service alone read it. Each folder and each link on the way to the
// file, also in the middle of the path and behind a link, must belong to root or the calling user, and each folder must
// be writable by no other user, not even by the caller's own group (those of root and the service may; a sticky folder
// of root's is fine). Nothing is ever repaired. Errors are of kind identity and name path, owner and mode; of kind
// failure where this process has no descriptor left. `setting`: what names the file, for the remedy where it is
// missing.
Result<UniqueFd> open_private(const std::filesystem::path& path,
                              std::string_view setting = "the preference that names it");

// Whether a file of that name could be opened so: the folders on the way, as far as they exist. An error as above.
Status check_private_place(const std::filesystem::path& path);

// The file NAME of what the service manager hands to this service alone (systemd.exec(5), LoadCredential=); empty where
// it hands over nothing of that name.
std::filesystem::path credential(std::string_view name);

// The content lies on disk beside the target, complete; place() makes it appear, and what is not placed is removed. The
// file has its final owner and mode before a byte is in it: root:muster 0640 where we are root and that group exists,
// otherwise 0600. Folders that are missing are made with the same owner and the modes 0750 or 0700. A link on the way,
// or in the place of the target, is followed only where no other user can have put it there. Errors are of kind
// local_file.
Result<AtomicFile> prepare_private(const std::filesystem::path& target, std::string_view content);

// Both at once.
Status write_private(const std::filesystem::path& target, std::string_view content);

}  // namespace muster::platform
