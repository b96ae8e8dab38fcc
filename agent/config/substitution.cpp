#include "agent/config/substitution.h"

#include <algorithm>

#include "agent/config/mistake.h"

namespace muster::config {

Substituted substitute(std::string_view text, const Variables& variables) {
  Substituted result;
  while (!text.empty()) {
    const std::size_t start = text.find("$(");
    result.text += text.substr(0, start);
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);

    const std::size_t end = text.find(')');
    const std::string_view whole = text.substr(0, end == std::string_view::npos ? end : end + 1);
    const auto value = end == std::string_view::npos ? std::nullopt : variables(whole.substr(2, whole.size() - 3));
    if (!value && result.unknown.empty()) result.unknown = excerpt(whole);
    result.text += value ? *value : std::string(whole);
    text.remove_prefix(whole.size());
  }
  return result;
}

}  // namespace muster::config
