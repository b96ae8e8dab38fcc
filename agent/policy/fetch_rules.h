// Which policy this device asks for, and in which order.
#pragma once

#include <string>
#include <vector>

#include "agent/policy/applied.h"

namespace muster::policy {

struct FetchRules {
  struct Source {
    bool is_npl = false;  // of an existing beacon
    std::string path;     // below the download location
  };
  std::vector<Source> sources;  // the first that a beacon has counts

  // Of an existing beacon's packages.
  std::vector<std::string> allowed_types;  // AllowedPkgTypes; empty: all
  seconds refresh_period{0};               // PolicyPackageRefreshPeriod
};

// By PolicyFormat. With `auto` the policy of an existing beacon is asked for first where the applied one came from
// there, and is left out where its path is not known. A wrong preference is an error.
Result<FetchRules> fetch_rules(const InForce& in_force, const beacon::Locations& locations);

}  // namespace muster::policy
