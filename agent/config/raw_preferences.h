// Preferences as a source holds them, before anything is judged. A value; the sources are config.ini (ini/) and the
// registry of Windows (registry/).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace muster::config {

struct RawValue {
  std::string name;
  std::string text;
  std::string origin;       // "/var/opt/managesoft/etc/config.ini:14", or the registry's path of the value
  bool overridden = false;  // a stronger place of the same source has the name too
};

struct RawSection {
  std::string name;    // normal (section_name.h); repeated headers give repeated sections
  std::string origin;  // of the header
  std::vector<RawValue> values;
};

struct RawPreferences {
  bool exists = false;  // the source is there at all
  std::vector<RawSection> sections;
};

// Where a preference is written.
struct Address {
  std::string section;  // normal
  std::string name;     // as in the table
};

struct Change {
  Address address;
  std::optional<std::string> value;  // nullopt: it is unset
};

// The value that counts at an address: the last one there. nullopt: there is none, or only overridden ones.
std::optional<std::string> value_at(const RawPreferences& preferences, const Address& address);

}  // namespace muster::config
