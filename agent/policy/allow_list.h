// The names of everything that a policy may set, and why it may not set the rest. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::policy {

// Why a policy may not give this preference this value; nullopt: it may. Names are those of the preference table; a
// name that is in neither list is refused as well.
std::optional<std::string> why_not_permitted(std::string_view name, std::string_view value);

}  // namespace muster::policy
