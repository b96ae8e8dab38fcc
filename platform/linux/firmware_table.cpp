#include "platform/firmware_table.h"

namespace muster::platform {

std::optional<std::string> firmware_table(const SystemRoot& root) { return root.read("sys/firmware/dmi/tables/DMI"); }

}  // namespace muster::platform
