// Reads the locations of one direction out of the preferences.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/config/mistake.h"
#include "agent/config/preferences.h"

namespace muster::config {

// A location that is left out although nothing in its section is wrong: its proxy speaks TLS (proxy.h).
struct UnusableLocation {
  std::string id;
  std::string origin;
  std::string proxy;

  std::string problem() const;  // "location 'a' is not used: ..."
  std::string remedy() const;
};

struct ReadLocations {
  beacon::Locations locations;  // in the order of the file; those without a mistake
  std::vector<UnusableLocation> unusable;
  Mistakes mistakes;
};

// Of each of them, where no other location is left.
Mistakes mistakes_of(const std::vector<UnusableLocation>& unusable);

// What is wrong with a host or a directory, as the end of "Host must ..."; nullopt: nothing.
std::optional<std::string> wrong_host(std::string_view host);
std::optional<std::string> wrong_directory(std::string_view directory);

// None at all is not a mistake here. settings.h has the strict form.
ReadLocations read_locations(const Preferences& preferences, beacon::Direction direction);

}  // namespace muster::config
