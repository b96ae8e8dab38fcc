// "Did you mean": the known word that is closest to a typed one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::text {

// The candidate that was probably meant by `typed`: a quarter of its characters may differ, and one more. Nothing when
// no candidate is that close.
std::optional<std::string> closest(std::string_view typed, const std::vector<std::string>& candidates);

}  // namespace muster::text
