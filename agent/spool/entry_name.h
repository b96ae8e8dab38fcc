// Which names in the spool mean what. Pure.
#pragma once

#include <string>
#include <string_view>

namespace muster::spool {

// A folder of the spool that holds uploads: one step below the spool and never hidden. It becomes part of a path on the
// beacon, so control characters are out.
bool is_type(std::string_view name);

// A folder that a file system keeps for itself, such as lost+found: neither a type nor a file.
bool is_system_folder(std::string_view name);

// Hidden, or ending in ".tmp": it is still being written.
bool is_unfinished(std::string_view name);

// The names under which a file is set aside and its reason is kept, at the `attempt`-th try to find free ones (from
// 0). No name grows beyond the 255 bytes that file systems allow. From the second try on no two reasons are called
// alike, and no name looks like a reason.
std::string set_aside_name(std::string_view name, unsigned attempt);
std::string reason_name(std::string_view set_aside_name);
bool is_reason(std::string_view name);
std::string file_of_reason(std::string_view reason_name);  // of a long name only what is left of it

}  // namespace muster::spool
