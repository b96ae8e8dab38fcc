// Facts that this system does not keep.
#include "platform/packages.h"

namespace muster::platform {

Packages registered_programs(const SystemRoot& /*root*/) { return {}; }
Packages app_packages(const SystemRoot& /*root*/) { return {}; }
Packages system_updates(const SystemRoot& /*root*/) { return {}; }

}  // namespace muster::platform
