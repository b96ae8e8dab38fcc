// Values that lie below everything that was set by hand: those of an applied policy.
#pragma once

#include <string>
#include <vector>

namespace muster::config {

struct OverlayValue {
  std::string section;  // of a location; empty: a preference of all steps
  std::string name;
  std::string value;
};

struct Overlay {
  std::string origin;  // "policy 17", for messages and `config list`
  std::vector<OverlayValue> values;
};

}  // namespace muster::config
