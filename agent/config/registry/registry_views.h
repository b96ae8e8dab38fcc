// The two views of the registry as one source of preferences. Pure: the calls are behind platform/registry.h.
//
// A section is the path of a key below HKLM\SOFTWARE\ManageSoft Corp. A value of the 64-bit view counts before the same
// one of the 32-bit view, whose path is HKLM\SOFTWARE\WOW6432Node\ManageSoft Corp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/config/raw_preferences.h"
#include "platform/base/result.h"
#include "platform/registry.h"

namespace muster::config {

inline constexpr std::string_view registry_root = R"(SOFTWARE\ManageSoft Corp)";
inline constexpr std::string_view registry_root_of_32_bits =
    R"(SOFTWARE\WOW6432Node\ManageSoft Corp)";  // to 64-bit programs

struct RegistryViews {
  std::vector<platform::RegistryKey> bits_64;
  std::vector<platform::RegistryKey> bits_32;
};

// Sections of the 64-bit view first. A preference whose value is no text is a mistake; all of them are one error of
// kind preference. Other values that are no text are left empty.
Result<RawPreferences> raw(const RegistryViews& views);

// One call to make.
struct RegistryStep {
  enum class Kind { write, remove_value, remove_key };
  Kind kind = Kind::write;
  platform::RegistryView view = platform::RegistryView::bits_32;
  std::string section;
  std::string name = {};
  std::string text = {};

  bool operator==(const RegistryStep&) const = default;
};

// What the changes ask for beyond what is there. A value is written where it is already, else where its key is, with
// the 32-bit view first, which other agents read too; a new key is made in the 32-bit view. It is unset in both views;
// a location without any value left goes as well.
std::vector<RegistryStep> steps_for(const std::vector<Change>& changes, const RegistryViews& views);

// Removes the keys of these sections and those above them that have neither values nor keys below them, in both views.
std::vector<RegistryStep> steps_to_remove_empty(const std::vector<std::string>& sections, const RegistryViews& views);

}  // namespace muster::config
