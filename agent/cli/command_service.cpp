#include "agent/cli/commands.h"
#include "platform/log.h"
#include "platform/service_control.h"

namespace muster::cli {

Status service_install() {
  const auto shortcomings = platform::install_service();
  if (!shortcomings) return tl::unexpected(shortcomings.error());
  for (const std::string& one : *shortcomings) log::warning(one);
  return {};
}

Status service_uninstall() { return platform::uninstall_service(); }
Status service_start() { return platform::start_service(); }
Status service_stop() { return platform::stop_service(); }

}  // namespace muster::cli
