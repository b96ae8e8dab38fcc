#include "agent/cli/commands.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/settings.h"
#include "platform/collector_service.h"
#include "platform/host.h"
#include "platform/log.h"
#include "platform/service_control.h"
#include "platform/service_folder.h"
#include "ssl/credential_store.h"

namespace muster::cli {
namespace {

// The account of the service is known to access lists once it is installed. Wrong preferences are no reason to have no
// service: it says itself what is wrong with them.
Status give_rights(const GlobalOptions& options) {
  const auto preferences = load_preferences(options);
  if (!preferences) log::warning(preferences.error().line());
  const auto data = preferences ? preferences->data_directory() : platform::default_data_directory();
  for (const char* folder : {"uploads", "state", "log"}) {
    if (auto given = platform::give_to_service(data / folder); !given) return given;
  }

  if (!preferences) return {};
  const auto files = config::identity_files(*preferences, config::Component::upload);
  if (!files) return {};
  auto let = ssl::let_service_use_identity(files->selection, wall_now());
  if (!let) log::warning(let.error().line());
  return {};
}

}  // namespace

Status service_install(const GlobalOptions& options) {
  const auto installed = platform::install_service();
  if (!installed) return tl::unexpected(installed.error());
  for (const std::string& one : installed->shortcomings) log::warning(one);

  const auto collector = platform::install_collector();
  if (!collector) return tl::unexpected(collector.error());
  for (const std::string& one : *collector) log::warning(one);

  if (auto given = give_rights(options); !given) return given;
  return print(installed->was_there ? "the service was installed already; its settings have been renewed\n"
                                    : "installed the service; muster service start starts it\n");
}

Status service_uninstall() {
  if (auto removed = platform::uninstall_collector(); !removed) return removed;
  return platform::uninstall_service();
}

Status service_start() { return platform::start_service(); }
Status service_stop() { return platform::stop_service(); }

}  // namespace muster::cli
