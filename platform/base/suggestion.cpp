#include "platform/base/suggestion.h"

#include <algorithm>

#include "platform/base/text.h"

namespace muster::text {

std::optional<std::string> closest(std::string_view typed, const std::vector<std::string>& candidates) {
  constexpr std::size_t max_length = 1000;
  if (typed.size() > max_length) return std::nullopt;

  const std::string* nearest = nullptr;
  std::size_t distance = std::max<std::size_t>(3, typed.size() / 5 + 2);  // one less at most
  for (const std::string& candidate : candidates) {
    const std::size_t edits = edit_distance(typed, candidate);
    if (edits >= distance || edits >= candidate.size()) continue;
    distance = edits;
    nearest = &candidate;
  }
  return nearest == nullptr ? std::nullopt : std::optional(*nearest);
}

}  // namespace muster::text
