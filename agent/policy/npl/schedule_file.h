// A schedule of an existing beacon (.nds).
#pragma once

#include <string>

#include "agent/policy/npl/packages.h"
#include "agent/policy/npl/xml_tree.h"
#include "platform/base/result.h"

namespace muster::policy {

// Adds its events to `packages`, and what of them has no effect. An event that installs a package has the action
// `package` and the package's address as its argument. PARAM is only ever compared with known words: it reaches no
// command line and no preference. Refuses what is no schedule, and more than 64 events or 16 triggers of one; the error
// holds the reason alone. Pure.
Status read_schedule_file(const XmlElement& root, Packages& packages);

}  // namespace muster::policy
