// $(Name) inside a value.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace muster::config {

struct Substituted {
  std::string text;
  std::string unknown;  // the first "$(Name)" without a value, which stays in `text`; empty: none
};

using Variables = std::function<std::optional<std::string>(std::string_view name)>;

// Replaces each $(Name) once: the inserted text is not scanned again.
Substituted substitute(std::string_view text, const Variables& variables);

}  // namespace muster::config
