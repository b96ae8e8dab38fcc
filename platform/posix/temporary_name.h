// The name beside its target under which a file is written. Private to this folder.
#pragma once

#include <filesystem>

namespace muster::platform {

// ".NAME.PID.tmp"
std::filesystem::path temporary_beside(const std::filesystem::path& target);

// Removes those that processes left which were killed: they may hold a key. What a living one writes is locked, and
// stays, as does what is not ours.
void remove_abandoned(const std::filesystem::path& target);

}  // namespace muster::platform
