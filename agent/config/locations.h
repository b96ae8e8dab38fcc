// Reads the locations of one direction out of the preferences.
#pragma once

#include "agent/beacon/location.h"
#include "agent/config/mistake.h"
#include "agent/config/preferences.h"

namespace muster::config {

struct ReadLocations {
  beacon::Locations locations;  // in the order of the file; those without a mistake
  Mistakes mistakes;
};

// None at all is not a mistake here. settings.h has the strict form.
ReadLocations read_locations(const Preferences& preferences, beacon::Direction direction);

}  // namespace muster::config
