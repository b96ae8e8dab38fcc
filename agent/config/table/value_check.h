// Judges one value by its row in the table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/table/preference_table.h"

namespace muster::config {

struct WrongValue {
  std::string text;  // what is wrong; a secret is not shown
  std::string remedy;
};

// `value` is the text after substitution. An empty value is right: it means the default.
std::optional<WrongValue> check_value(const Preference& preference, std::string_view value);

// The value as a person may see it: "(set)" for a secret, no password inside a proxy's URL.
std::string shown_value(const Preference& preference, std::string_view value);

// What of SelectorAlgorithm changes nothing here, in words.
std::vector<std::string> idle_algorithms(std::string_view value, bool domain_is_known);

}  // namespace muster::config
