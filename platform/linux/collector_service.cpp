#include "platform/collector_service.h"

#include "platform/atomic_file.h"

namespace muster::platform {

// muster-collect.path waits for the file; the collector never reads what is in it.
Status request_collection(const std::filesystem::path& state) {
  constexpr unsigned readable_for_group = 0640;
  return write_file_unsynced(state / "collect", "", readable_for_group);
}

Result<std::vector<std::string>> install_collector() { return std::vector<std::string>(); }
Status uninstall_collector() { return {}; }

}  // namespace muster::platform
