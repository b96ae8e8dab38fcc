// What the names of keys and values say about installed software. Pure. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.h"

namespace muster::platform {

// "20240131", the form that installers write most; nullopt for any other, as "1/2/2024" may be January or February.
std::optional<WallTime> install_date(std::string_view text);

// "{0C2B8A5E-6B0E-4C7B-9C7B-0E5D5C3F1A11}"; empty for any other name of a key.
std::string product_guid(std::string_view key);

// The full name of a package: "Microsoft.WindowsCalculator_11.2210.0.0_x64__8wekyb3d8bbwe".
struct AppName {
  std::string name;
  std::string version;
  std::string architecture;  // "x64", "x86", "arm64", "neutral"
  std::string resource;      // "split.language-de": a part of another package; "~": a bundle
};
std::optional<AppName> app_name(std::string_view full_name);

// "KB5012170" in "Package_for_KB5012170~31bf3856ad364e35~amd64~~19041.1.0" or in a path; empty: there is none.
std::string article(std::string_view text);

// "Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.3803.1.8": the words before '~', and those after the last one.
struct UpdateName {
  std::string name;
  std::string version;
};
UpdateName update_name(std::string_view key);

}  // namespace muster::platform
