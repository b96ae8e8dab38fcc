// Names of sections: registry keys without their root. Case does not count; `\\` is the same as `\`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/beacon/location.h"
#include "agent/config/raw_preferences.h"
#include "agent/config/table/preference_table.h"

namespace muster::config {

namespace section {
inline constexpr std::string_view common = R"(ManageSoft\Common)";
inline constexpr std::string_view tracker = R"(ManageSoft\Tracker\CurrentVersion)";
inline constexpr std::string_view uploader = R"(ManageSoft\Uploader\CurrentVersion)";
inline constexpr std::string_view launcher = R"(ManageSoft\Launcher\CurrentVersion)";
inline constexpr std::string_view policy_client = R"(ManageSoft\Policy Client\CurrentVersion)";
inline constexpr std::string_view schedule_agent = R"(ManageSoft\Schedule Agent\CurrentVersion)";
inline constexpr std::string_view net_selector = R"(ManageSoft\NetSelector\CurrentVersion)";
inline constexpr std::string_view uploads = R"(ManageSoft\Common\UploadSettings)";
inline constexpr std::string_view downloads = R"(ManageSoft\Common\DownloadSettings)";
}  // namespace section

enum class SectionKind {
  foreign,  // another product's
  unused,   // below ManageSoft, but nothing that is read here
  common,
  component,  // ManageSoft\<Component>\CurrentVersion
  location,   // ManageSoft\Common\UploadSettings\<id>, or DownloadSettings
};

// Single backslashes, none at the ends, no blanks at the ends; the case stays as written.
std::string normal_section(std::string_view written);

// These take normal names.
SectionKind kind_of_section(std::string_view name);
bool same_section(std::string_view a, std::string_view b);
bool same_address(const Address& a, const Address& b);

// The id when `name` is a location of that direction.
std::optional<std::string> location_id(std::string_view name, beacon::Direction direction);

// `ManageSoft\Common\UploadSettings` or `...\DownloadSettings`.
std::string_view locations_root(beacon::Direction direction);

// Where a preference is written that no section is named for; the root of the upload locations for those of a location.
std::string_view usual_section(const Preference& preference);

// The section that one which is not read was surely meant to be: with slashes, with the root of the registry in front,
// or without its first parts. `[Common]` -> "ManageSoft\Common"; "NAME" stands for the id that is missing.
std::optional<std::string> meant_section(std::string_view name);

// The section that an unused one was probably meant to be: "ManageSoft\Comon" -> "ManageSoft\Common".
std::optional<std::string> nearest_section(std::string_view name);

}  // namespace muster::config
