#include "platform/service_control.h"

#include "platform/service_folder.h"

namespace muster::platform {
namespace {

tl::unexpected<Error> is_not_ours() {
  return fail(ErrorKind::failure, "the service is not installed by the program itself on this system",
              "use systemctl, and the package");
}

}  // namespace

bool controls_services() { return false; }

Result<Installation> install_service() { return is_not_ours(); }
Status give_to_service(const std::filesystem::path&) { return is_not_ours(); }
Status uninstall_service() { return is_not_ours(); }
Status start_service() { return is_not_ours(); }
Status stop_service() { return is_not_ours(); }

}  // namespace muster::platform
