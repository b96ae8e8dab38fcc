// The step that asks for a preference; it decides which sections are read, in which order.
#pragma once

#include <string_view>
#include <vector>

namespace muster::config {

// collect -> Tracker; upload -> Uploader, Tracker; download -> Launcher; policy -> Policy Client, Launcher;
// schedule -> Schedule Agent; select -> NetSelector. Each then Common.
enum class Component { common, collect, upload, download, policy, schedule, select };

// Full section names in lookup order: `ManageSoft\Uploader\CurrentVersion`, ..., `ManageSoft\Common`.
const std::vector<std::string_view>& sections_of(Component component);

}  // namespace muster::config
