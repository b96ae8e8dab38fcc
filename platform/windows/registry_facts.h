// Single values of the registry that say what kind of machine this is. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace muster::platform {

// Below HKEY_LOCAL_MACHINE, in the view of 64-bit programs. Empty, or nullopt, for what is missing or of another type.
std::string registry_text(const wchar_t* key, const wchar_t* name);
std::optional<std::uint64_t> registry_number(const wchar_t* key, const wchar_t* name);

std::string native_architecture();  // "x86_64": of the system, not of this program

}  // namespace muster::platform
