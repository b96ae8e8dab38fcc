#include "agent/config/raw_preferences.h"

#include "agent/config/section_name.h"

namespace muster::config {

std::optional<std::string> value_at(const RawPreferences& preferences, const Address& address) {
  std::optional<std::string> found;
  for (const RawSection& section : preferences.sections) {
    for (const RawValue& value : section.values) {
      if (same_address({section.name, value.name}, address) && !value.overridden) found = value.text;
    }
  }
  return found;
}

}  // namespace muster::config
